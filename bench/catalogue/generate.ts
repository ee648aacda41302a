import { ENGINEERING_PRODUCTS } from './engineering-products.js';
import { EVERYDAY_PRODUCTS } from './everyday-products.js';
import type { CatalogueServer, CatalogueTool, JsonSchema } from './product.js';
import { randomSource, type RandomSource } from './random-source.js';
import { WORK_PRODUCTS } from './work-products.js';
import { WORLD_PRODUCTS } from './world-products.js';

export const PRODUCTS: readonly CatalogueServer[] = [
  ...WORK_PRODUCTS,
  ...ENGINEERING_PRODUCTS,
  ...EVERYDAY_PRODUCTS,
  ...WORLD_PRODUCTS,
];

const VENDORS = `acme aurora bluefin cobalt drift ember fathom granite harbor indigo juniper kestrel lumen mosaic nimbus
  onyx prairie quartz ridge sable tundra umbra vertex willow xenon yarrow zephyr`.split(/\s+/);
const AREAS = `billing checkout claims compliance dispatch fleet growth identity insights logistics marketing onboarding
  payroll platform procurement quality research retail returns risk sales security staging support treasury`.split(
  /\s+/,
);
const PREFIXES = ['', '', '', 'mcp_', 'v2_', 'internal_'] as const;
const ADDITIONS = [
  'Requires the scope {area}.',
  'Results are limited to the {area} department.',
  'Answers come from the {vendor} cache and may be five minutes old.',
  'Use this before any other {vendor} tool.',
  'Returns JSON.',
  'Rate limited to 60 calls a minute.',
] as const;

/**
 * Servers as a large company has them: the products themselves first, then deployments of them by
 * vendors and departments, each with some of the tools, other names and additions of its own. The same
 * seed yields the same servers, and the first `n` of more servers are those of `n`.
 */
export function* generateServers(count: number, seed: number): Generator<CatalogueServer> {
  for (let i = 0; i < count; i += 1) {
    const product = PRODUCTS[i % PRODUCTS.length]!;
    yield i < PRODUCTS.length ? product : deployment(product, i, randomSource(seed * 1_000_003 + i));
  }
}

function deployment(product: CatalogueServer, index: number, random: RandomSource): CatalogueServer {
  const vendor = random.pick(VENDORS);
  const area = random.pick(AREAS);
  const prefix = random.pick(PREFIXES);
  const additions = random.sample(ADDITIONS, 2).map((text) => text.replace('{area}', area).replace('{vendor}', vendor));
  const tools = random.sample(product.tools, random.between(Math.ceil(product.tools.length / 2), product.tools.length));
  return {
    name: `${vendor}-${area}-${product.name}-${String(index)}`,
    title: `${capitalised(vendor)} ${product.title ?? ''} for ${area}`,
    description: `${product.description ?? ''} Deployment of the ${area} department.`,
    tools: tools.map((tool) => variant(tool, prefix, random.chance(0.3) ? random.pick(additions) : '', random)),
  };
}

function variant(tool: CatalogueTool, prefix: string, addition: string, random: RandomSource): CatalogueTool {
  const extra: JsonSchema = { type: 'string', description: `Cost centre ${String(random.between(1000, 9999))}` };
  return {
    name: `${prefix}${tool.name}`,
    description: [tool.description, addition].filter((text) => text !== '').join(' '),
    inputSchema: random.chance(0.2)
      ? { ...tool.inputSchema, properties: { ...tool.inputSchema.properties, cost_centre: extra } }
      : tool.inputSchema,
  };
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
