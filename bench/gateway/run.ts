/**
 * `npm run bench:gateway [-- --smoke] [--rounds 5] [--seconds 3] [--era modern|legacy] [--only bridges]`
 *
 * The gateway against the same upstream called directly and through a bare Node proxy, in one run and interleaved.
 * Prints Markdown. Ends with 1 when a reply was wrong, never for a speed: figures of one machine are ratios at best.
 * The environment goes through to the service (`AUDIT_DURABILITY=os npm run bench:gateway`).
 */
import { startProgram } from '../tools/child-program.js';
import { describeMachine, measureFdatasync } from '../tools/machine.js';
import { figure, markdownTable } from '../tools/markdown.js';
import { type RunningService, startService } from '../tools/service.js';
import { measureBlackHole } from './black-hole.js';
import { measureBridges } from './bridges.js';
import { measureCalls } from './calls.js';
import { measureLists } from './lists.js';
import { readMemory } from './memory.js';
import type { Outcome } from './outcome.js';
import { measureReplicas } from './replicas.js';
import { readSettings, type Section, type Settings } from './settings.js';
import { AGGREGATE, BARE, DIRECT, ONE_SERVER, type Target } from './target.js';

const NAME = 'bench';
const LIST_SIZES = [20, 2_000];

const settings = readSettings(process.argv.slice(2));
const machine = describeMachine();
const cleanUp: (() => Promise<void>)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(`${signal}: ending`));
process.once('uncaughtException', (error) => giveUp(String(error.stack)));
const watchdog = setTimeout(() => giveUp('The bench did not end in time.'), settings.withinMs);
try {
  const outcomes = await measureAll(settings);
  process.stdout.write(`${report(outcomes)}\n`);
  process.exitCode = outcomes.some(({ errors }) => errors > 0) ? 1 : 0;
} finally {
  clearTimeout(watchdog);
  await end();
}

function giveUp(reason: string): void {
  process.stderr.write(`${reason}\n`);
  void end().then(() => process.exit(1));
}

async function end(): Promise<void> {
  for (const stop of cleanUp.splice(0).toReversed()) await stop();
}

async function measureAll(settings: Settings): Promise<Outcome[]> {
  const upstream = await startProgram('bench/tools/upstream.ts');
  cleanUp.push(() => upstream.stop());
  const bare = await startProgram('bench/tools/bare-proxy.ts', ['--upstream', upstream.url]);
  cleanUp.push(() => bare.stop());
  // A call that the bench sends is the bench's, not a user's: no limit may end it.
  const service = await startService({ RATE_LIMIT_ENABLED: process.env['RATE_LIMIT_ENABLED'] ?? 'false' });
  cleanUp.push(() => service.stop());

  const server = await service.register({ name: NAME, endpointUrl: upstream.url, settings: { maxInFlight: 1_000 } });
  if (server.status !== 'healthy') throw new Error(`the upstream is ${server.status}: ${server.lastError}`);
  const one: Target = { name: ONE_SERVER, url: `${service.url}/mcp/servers/${NAME}`, pid: service.pid, tool: 'echo' };
  const targets: Target[] = [
    { name: DIRECT, url: upstream.url, pid: upstream.pid, tool: 'echo' },
    { name: BARE, url: bare.url, pid: bare.pid, tool: 'echo' },
    one,
    { name: AGGREGATE, url: `${service.url}/mcp`, pid: service.pid, tool: `${server.alias}__echo` },
  ];
  const outcomes: Outcome[] = [await durability(service)];
  const measures: Readonly<Record<Section, () => Promise<Outcome[]>>> = {
    calls: async () => {
      const calls: Outcome[] = [];
      for (const era of settings.eras) calls.push(await measureCalls(era, targets, settings));
      return [...calls, readMemory(service.pid)];
    },
    'black-hole': async () => [await measureBlackHole(one, service, settings)],
    bridges: async () => [await measureBridges(one, service, settings)],
    lists: async () => {
      // Its definitions would be in the lists.
      await service.remove(server);
      const lists: Outcome[] = [];
      for (const size of LIST_SIZES) lists.push(await measureLists(size, service, settings));
      return lists;
    },
    replicas: async () => [await measureReplicas(upstream.url, settings)],
  };
  for (const section of settings.sections) outcomes.push(...(await measures[section]()));
  return outcomes;
}

async function durability(service: RunningService): Promise<Outcome> {
  const syncs = await measureFdatasync(service.dataDir);
  const configured = process.env['AUDIT_DURABILITY'];
  const p50 = figure(syncs.quantileMs(0.5), 3);
  const note = configured === undefined ? '' : ` \`AUDIT_DURABILITY=${configured}\`.`;
  return {
    markdown: `One \`fdatasync\` in the data folder takes ${p50} ms at p50, ${figure(syncs.quantileMs(0.99), 3)} ms at p99.${note}`,
    errors: 0,
    verdicts: [],
  };
}

function report(outcomes: readonly Outcome[]): string {
  const { rounds, durationMs, smoke } = settings;
  const verdicts = outcomes
    .flatMap((outcome) => outcome.verdicts)
    .map(({ aim, reached, met }) => [aim, reached, met ? 'yes' : 'no']);
  return [
    `## Gateway bench, ${new Date().toISOString().slice(0, 10)}`,
    `${machine}. Medians of ${rounds} interleaved ${rounds === 1 ? 'round' : 'rounds'} of ${durationMs / 1000} s; ratios and differences are taken round by round.`,
    ...(smoke ? ['A smoke run: it shows that everything answers, and its figures mean nothing.'] : []),
    ...outcomes.map(({ markdown }) => markdown),
    `### Aims\n\n${markdownTable(['aim', 'reached', 'met'], verdicts)}`,
  ].join('\n\n');
}
