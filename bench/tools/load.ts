/**
 * A load generator for MCP over Streamable HTTP that checks every reply. One line of JSON on standard output (a
 * `LoadReport`); ends with 1 when a reply was wrong.
 *
 *   tsx bench/tools/load.ts --url http://127.0.0.1:8000/mcp [--era modern|legacy] [--method tools/call|tools/list]
 *     [--connections 32] [--seconds 8] [--tool echo] [--header 'name: value']...
 *   tsx bench/tools/load.ts --json '{ ... }'      all of `LoadOptions`
 */
import { parseArgs } from 'node:util';
import { LOAD_DEFAULTS, type LoadOptions } from './load-options.js';
import { runLoad } from './run-load.js';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    url: { type: 'string' },
    era: { type: 'string' },
    method: { type: 'string' },
    connections: { type: 'string', short: 'c' },
    seconds: { type: 'string', short: 'd' },
    tool: { type: 'string' },
    header: { type: 'string', multiple: true, default: [] },
  },
});

function fromArguments(): LoadOptions {
  if (values.json !== undefined) return { ...LOAD_DEFAULTS, ...(JSON.parse(values.json) as { url: string }) };
  if (values.url === undefined) throw new Error('--url is missing');
  const { era = LOAD_DEFAULTS.era, method = LOAD_DEFAULTS.method } = values;
  if (era !== 'modern' && era !== 'legacy') throw new Error('--era takes modern or legacy');
  if (method !== 'tools/call' && method !== 'tools/list') throw new Error('--method takes tools/call or tools/list');
  return {
    ...LOAD_DEFAULTS,
    url: values.url,
    era,
    method,
    connections: Number(values.connections ?? LOAD_DEFAULTS.connections),
    durationMs: values.seconds === undefined ? LOAD_DEFAULTS.durationMs : Number(values.seconds) * 1000,
    tool: values.tool ?? LOAD_DEFAULTS.tool,
    headers: Object.fromEntries(
      values.header.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
      }),
    ),
  };
}

const report = await runLoad(fromArguments());
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(report.errors === 0 ? 0 : 1));
