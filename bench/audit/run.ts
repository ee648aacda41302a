/**
 * `npm run bench:audit [-- --smoke] [--rounds 5] [--seconds 3]`
 *
 * What the record of a call costs: the gateway with each `AUDIT_DURABILITY` and a bare proxy, which records nothing,
 * before one upstream, interleaved in one run. Prints Markdown. Ends with 1 when a reply was wrong, never for a speed.
 */
import { measureTarget, type Measured } from '../gateway/measure-target.js';
import { complaints, errorsOf, medianAdded, medianOf, perRound } from '../gateway/outcome.js';
import { readSettings } from '../gateway/settings.js';
import { BARE, type Target } from '../gateway/target.js';
import { startProgram } from '../tools/child-program.js';
import { interleave } from '../tools/interleave.js';
import { describeMachine, measureFdatasync } from '../tools/machine.js';
import { figure, markdownTable } from '../tools/markdown.js';
import { startService } from '../tools/service.js';
import { medianRatio } from '../tools/statistics.js';

const DURABILITIES = ['fsync', 'os', 'memory'] as const;
const NAME = 'bench';
const CONNECTIONS = [32, 1];
const MOST_COST_PERCENT = 15;

const perSecond = ({ perSecond: calls }: Measured): number => calls;
const p50 = ({ p50Ms }: Measured): number => p50Ms;

const settings = readSettings(process.argv.slice(2));
const cleanUp: (() => Promise<void>)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(`${signal}: ending`));
const watchdog = setTimeout(() => giveUp('The bench did not end in time.'), settings.withinMs);
try {
  const { markdown, errors } = await measureAll();
  process.stdout.write(`${markdown}\n`);
  process.exitCode = errors > 0 ? 1 : 0;
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

async function measureAll(): Promise<{ readonly markdown: string; readonly errors: number }> {
  const upstream = await startProgram('bench/tools/upstream.ts');
  cleanUp.push(() => upstream.stop());
  const bare = await startProgram('bench/tools/bare-proxy.ts', ['--upstream', upstream.url]);
  cleanUp.push(() => bare.stop());
  const targets: Target[] = [{ name: BARE, url: bare.url, pid: bare.pid, tool: 'echo' }];
  let dataDir = '';
  for (const durability of DURABILITIES) {
    const service = await startService({ AUDIT_DURABILITY: durability });
    cleanUp.push(() => service.stop());
    await service.register({ name: NAME, endpointUrl: upstream.url, settings: { maxInFlight: 1_000 } });
    targets.push({ name: durability, url: `${service.url}/mcp/servers/${NAME}`, pid: service.pid, tool: 'echo' });
    ({ dataDir } = service);
  }
  const syncs = await measureFdatasync(dataDir);
  const sections: string[] = [
    `## Audit bench, ${new Date().toISOString().slice(0, 10)}`,
    `${describeMachine()}. Medians of ${String(settings.rounds)} interleaved rounds of ${String(settings.durationMs / 1000)} s.` +
      (settings.smoke ? ' A smoke run: its figures mean nothing.' : ''),
    `One \`fdatasync\` in the data folder takes ${figure(syncs.quantileMs(0.5), 3)} ms at p50, ${figure(syncs.quantileMs(0.99), 3)} ms at p99.`,
  ];
  let errors = 0;
  for (const connections of CONNECTIONS) {
    const results = await interleave(targets, settings.rounds, (target) =>
      measureTarget(target, { method: 'tools/call', era: 'modern', connections }, settings),
    );
    errors += errorsOf(results.values());
    sections.push(section(connections, targets, results));
  }
  return { markdown: sections.join('\n\n'), errors };
}

type Results = ReadonlyMap<string, readonly Measured[]>;

function section(connections: number, targets: readonly Target[], results: Results): string {
  const share = (name: string, base: string): number | undefined =>
    medianRatio(perRound(results.get(name), perSecond), perRound(results.get(base), perSecond));
  const rows = targets.map(({ name }) => [
    name,
    figure(medianOf(results.get(name), perSecond)),
    figure(share(name, BARE), 2),
    figure(share(name, 'memory'), 2),
    figure(medianOf(results.get(name), p50), 3),
    figure(
      medianOf(results.get(name), ({ p99Ms }) => p99Ms),
      3,
    ),
    figure(medianAdded(results.get(name), results.get('memory'), p50), 3),
    figure(medianOf(results.get(name), ({ cpuUs }) => cpuUs)),
  ]);
  const columns = [
    'target',
    'calls/s',
    'of bare proxy',
    'of memory',
    'p50 ms',
    'p99 ms',
    'p50 over memory, ms',
    'CPU us/call',
  ];
  const cost = share('fsync', 'memory');
  const aim =
    connections === 1 || cost === undefined
      ? ''
      : `\n\n\`fsync\` costs ${figure((1 - cost) * 100, 1)} % of the throughput of \`memory\`; the aim is ${String(MOST_COST_PERCENT)} % at most.`;
  const title = `### tools/call, modern, ${String(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
  return `${title}\n\n${markdownTable(columns, rows)}${aim}${complaints(results)}`;
}
