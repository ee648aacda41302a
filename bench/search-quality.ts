import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { LOCAL_TENANT } from '../src/kernel/principal.js';
import { tenantScope } from '../src/kernel/scope.js';
import { DiscoveryService } from '../src/modules/discovery/discovery.service.js';
import { FoundServersRepository } from '../src/modules/discovery/repositories/found-servers.repository.js';
import { PromptsRepository } from '../src/modules/discovery/repositories/prompts.repository.js';
import { ResourcesRepository } from '../src/modules/discovery/repositories/resources.repository.js';
import { ToolsRepository } from '../src/modules/discovery/repositories/tools.repository.js';
import { SearchRepository } from '../src/modules/discovery/search/search.repository.js';
import { TextSearch } from '../src/modules/discovery/search/text-search.js';
import { openBenchDatabase } from './open-bench-database.js';

interface Judged {
  readonly sentence: string;
  readonly server: string;
  readonly tool: string;
}

const USAGE = `How often the tool that a person would choose is among the first answers, and how long an answer takes.
  npx tsx bench/search-quality.ts --url <DATABASE_URL> [--sentences bench/search/sentences.json] [--tenant local]
                                  [--rounds 3] [--misses]`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    sentences: { type: 'string', default: 'bench/search/sentences.json' },
    tenant: { type: 'string', default: LOCAL_TENANT },
    rounds: { type: 'string', default: '3' },
    misses: { type: 'boolean', default: false },
  },
});
if (values.url === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const sentences = JSON.parse(await readFile(values.sentences, 'utf8')) as readonly Judged[];
const scope = tenantScope(values.tenant);
const database = await openBenchDatabase(values.url);
try {
  const discovery = new DiscoveryService(
    new ToolsRepository(database),
    new ResourcesRepository(database),
    new PromptsRepository(database),
    new FoundServersRepository(database),
    new TextSearch(new SearchRepository(database)),
  );
  const timesMs: number[] = [];
  const ranks: number[] = [];
  // The first answer of a process also loads the thesaurus.
  await discovery.tools(scope, { text: 'warm up', limit: 5 });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { sentence, server, tool } of sentences) {
      const startedMs = performance.now();
      const { items } = await discovery.tools(scope, { text: sentence, limit: 20 });
      timesMs.push(performance.now() - startedMs);
      if (round > 0) continue;
      const at = items.findIndex((item) => item.name === tool && item.server.name === server);
      ranks.push(at < 0 ? Number.POSITIVE_INFINITY : at + 1);
      if (values.misses && (at < 0 || at >= 5)) {
        const first = items.slice(0, 5).map((item) => `${item.server.name}/${item.name}`);
        process.stdout.write(`${sentence}\n  wanted ${server}/${tool} (${String(at + 1)}), got ${first.join(', ')}\n`);
      }
    }
  }
  const share = (most: number): string => (ranks.filter((rank) => rank <= most).length / ranks.length).toFixed(3);
  process.stdout.write(
    `| sentences | in the first 5 | first | in the first 20 | p50 ms | p95 ms | worst ms |\n|---|---|---|---|---|---|---|\n` +
      `| ${String(sentences.length)} | ${share(5)} | ${share(1)} | ${share(20)} | ${percentile(timesMs, 0.5)} | ` +
      `${percentile(timesMs, 0.95)} | ${percentile(timesMs, 1)} |\n`,
  );
} finally {
  await database.close();
}

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}
