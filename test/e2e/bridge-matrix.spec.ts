import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { ASKING_FEATURES } from '../support/matrix/asking-features.js';
import { type Feature, type PairEra, PLAIN_FEATURES, type Stand } from '../support/matrix/features.js';
import { FOREIGN_METHODS } from '../support/matrix/foreign-methods.js';
import { GeneratedSection } from '../support/matrix/generated-section.js';
import { startMatrixLegacy } from '../support/matrix/matrix-legacy.js';
import { startMatrixModern } from '../support/matrix/matrix-modern.js';
import type { MatrixServer } from '../support/matrix/matrix-server.js';
import { type ClientAnswers, connectClient, type RealClient } from '../support/real-clients.js';
import { register, uniqueName } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';

/** Writes the table into the documentation instead of comparing it: `npm run matrix`. */
const WRITE = process.env['WRITE_MATRIX'] !== undefined;
const SECTION = new GeneratedSection('docs/compatibility.md', 'matrix', 'npm run matrix');

const FEATURES = [...PLAIN_FEATURES, ...ASKING_FEATURES, ...FOREIGN_METHODS];
const PAIRS = [
  ['modern', 'modern'],
  ['modern', 'legacy'],
  ['legacy', 'modern'],
  ['legacy', 'legacy'],
] as const;
const ENDPOINTS = ['/mcp/servers/{name}', '/mcp'] as const;

const clock = new SettableClock();
const clients: RealClient[] = [];
/** By feature, then one for each pair. */
const outcomes = new Map<string, string[]>();

let app: TestApp;
let upstreams: Readonly<Record<PairEra, MatrixServer>>;
beforeAll(async () => {
  const [started, modern, legacy] = await Promise.all([
    startTestApp({ clock }),
    startMatrixModern(),
    startMatrixLegacy(),
  ]);
  app = started;
  upstreams = { modern, legacy };
  for (const era of ['modern', 'legacy'] as const) {
    await register(app, { name: `${era}-matrix`, endpointUrl: upstreams[era].url });
  }
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  await app.close();
  await upstreams.modern.close();
  await upstreams.legacy.close();
});

function standOf(client: PairEra, server: PairEra, endpoint: (typeof ENDPOINTS)[number]): Stand {
  const upstream = upstreams[server];
  const entry = (name: string) => {
    const url = app.url + endpoint.replace('{name}', name);
    return {
      url,
      named: (tool: string) => (endpoint === '/mcp' ? `${name}__${tool}` : tool),
      connect: async (answers?: ClientAnswers) => {
        const connected = await connectClient(client === 'modern' ? 'v2 modern' : 'v1', url, answers);
        clients.push(connected);
        return connected;
      },
    };
  };
  return {
    ...entry(`${server}-matrix`),
    client,
    server,
    upstream,
    clock,
    isAggregate: endpoint === '/mcp',
    inFlight: async () => {
      const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
      return items.find((item: { server: { name: string } }) => item.server.name === `${server}-matrix`)
        ?.activeRequests;
    },
    withFresh: async (run) => {
      const { id, name } = await register(app, { name: uniqueName('changing'), endpointUrl: upstream.url });
      await run({ ...entry(name), probe: () => app.request('POST', `/api/v1/servers/${id}/probe`) });
      expect(await app.request('DELETE', `/api/v1/servers/${id}`)).toMatchObject({ status: 204 });
    },
  };
}

/** What came of a feature on each endpoint, which is one thing in almost all cases. */
async function outcomeOf(feature: Feature, client: PairEra, server: PairEra): Promise<string> {
  const all: string[] = [];
  for (const endpoint of ENDPOINTS) all.push(await feature.run(standOf(client, server, endpoint)));
  const [one, other] = all;
  return one === other ? String(one) : `${String(one)}; on \`/mcp\` ${String(other)}`;
}

describe.each(PAIRS)('a %s client with a %s server', (client, server) => {
  it.each(FEATURES)('$title', async (feature) => {
    const outcome = await outcomeOf(feature, client, server);
    outcomes.set(feature.title, [...(outcomes.get(feature.title) ?? []), outcome]);
  });
});

describe('the table in docs/compatibility.md', () => {
  it('says what was seen here, or was not written anew: npm run matrix', async () => {
    expect([...outcomes.values()].every((row) => row.length === PAIRS.length)).toBe(true);
    const table = [
      ['', ...PAIRS.map(([client, server]) => `${client} client, ${server} server`)],
      ['---', ...PAIRS.map(() => '---')],
      ...[...outcomes].map(([title, row]) => [`**${title}**`, ...row]),
    ].map((cells) => `| ${cells.join(' | ')} |`);
    const markdown = table.join('\n');
    if (WRITE) await SECTION.write(markdown);
    const { current, wanted } = await SECTION.withContent(markdown);
    expect(current).toBe(wanted);
  });
});
