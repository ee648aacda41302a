import { parseArgs } from 'node:util';
import { SearchTermsRepository } from '../src/modules/discovery/search/search-terms.repository.js';
import { LOCAL_TENANT } from '../src/kernel/principal.js';
import { generateServers } from './catalogue/generate.js';
import type { CatalogueServer } from './catalogue/product.js';
import { readCatalogue } from './catalogue/read-catalogue.js';
import { storeServers } from './catalogue/store.js';
import { openBenchDatabase } from './open-bench-database.js';

const SERVERS_AT_ONCE = 200;

const USAGE = `Loads a catalogue straight into a migrated database.
  npx tsx bench/load-catalogue.ts --url <DATABASE_URL> --from <catalogue.json> [--tenant local]
  npx tsx bench/load-catalogue.ts --url <DATABASE_URL> --servers 50 [--seed 1] [--tenant local]`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    from: { type: 'string' },
    servers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    tenant: { type: 'string', default: LOCAL_TENANT },
  },
});
if (values.url === undefined || (values.from === undefined) === (values.servers === undefined)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const servers: Iterable<CatalogueServer> =
  values.from === undefined
    ? generateServers(Number(values.servers), Number(values.seed))
    : (await readCatalogue(values.from)).servers;
const database = await openBenchDatabase(values.url);
try {
  const startedMs = performance.now();
  let [serverCount, toolCount] = [0, 0];
  for (const batch of batches(servers, SERVERS_AT_ONCE)) {
    toolCount += await database.transaction('bench.load', (manager) => storeServers(manager, values.tenant, batch));
    serverCount += batch.length;
  }
  await database.query('ANALYZE mcp_servers, server_tools, tool_search');
  await new SearchTermsRepository(database).refresh();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${String(serverCount)} servers with ${String(toolCount)} tools in ${seconds} s\n`);
} finally {
  await database.close();
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
