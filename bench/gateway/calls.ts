import { interleave } from '../tools/interleave.js';
import { figure, markdownTable } from '../tools/markdown.js';
import type { Era } from '../tools/mcp-connection.js';
import { medianRatio } from '../tools/statistics.js';
import { type Measured, measureTarget } from './measure-target.js';
import { complaints, errorsOf, medianAdded, medianOf, type Outcome, perRound, type Verdict } from './outcome.js';
import type { Settings } from './settings.js';
import { AGGREGATE, BARE, DIRECT, ONE_SERVER, type Target } from './target.js';

const BUSY = 32;
const LEAST_SHARE = 0.7;
const MOST_ADDED_MS = 0.3;
const COLUMNS = [
  'target',
  'calls/s',
  'of direct',
  'of bare proxy',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'p50 over bare, ms',
  'p99 over bare, ms',
  'CPU us/call',
  'errors',
];

/** `tools/call`: throughput at 32 connections, added latency at 1. */
export async function measureCalls(era: Era, targets: readonly Target[], settings: Settings): Promise<Outcome> {
  const measure = (connections: number) =>
    interleave(targets, settings.rounds, (target) =>
      measureTarget(target, { method: 'tools/call', era, connections }, settings),
    );
  const busy = await measure(BUSY);
  const single = await measure(1);
  return {
    markdown: `${section(era, BUSY, targets, busy)}\n\n${section(era, 1, targets, single)}`,
    errors: errorsOf([...busy.values(), ...single.values()]),
    verdicts: [ONE_SERVER, AGGREGATE].flatMap((name) => verdicts(era, name, busy, single)),
  };
}

type Results = ReadonlyMap<string, readonly Measured[]>;

const perSecond = (measured: Measured): number => measured.perSecond;
const p50 = (measured: Measured): number => measured.p50Ms;
const p99 = (measured: Measured): number => measured.p99Ms;

function share(results: Results, name: string, base: string): number | undefined {
  return medianRatio(perRound(results.get(name), perSecond), perRound(results.get(base), perSecond));
}

function section(era: Era, connections: number, targets: readonly Target[], results: Results): string {
  const rows = targets.map(({ name }) => {
    const own = results.get(name);
    const bare = results.get(BARE);
    return [
      name,
      figure(medianOf(own, perSecond)),
      figure(share(results, name, DIRECT), 2),
      figure(share(results, name, BARE), 2),
      figure(medianOf(own, p50), 3),
      figure(
        medianOf(own, ({ p95Ms }) => p95Ms),
        3,
      ),
      figure(medianOf(own, p99), 3),
      figure(medianAdded(own, bare, p50), 3),
      figure(medianAdded(own, bare, p99), 3),
      figure(medianOf(own, ({ cpuUs }) => cpuUs)),
      figure(errorsOf([own ?? []])),
    ];
  });
  const title = `### tools/call, ${era}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  return `${title}\n\n${markdownTable(COLUMNS, rows)}${complaints(results)}`;
}

function verdicts(era: Era, name: string, busy: Results, single: Results): Verdict[] {
  const reached = share(busy, name, BARE);
  const added = medianAdded(single.get(name), single.get(BARE), p50);
  return [
    {
      aim: `${name}, ${era}: at least ${LEAST_SHARE} of the bare proxy's throughput`,
      reached: figure(reached, 2),
      met: reached !== undefined && reached >= LEAST_SHARE,
    },
    {
      aim: `${name}, ${era}: at most ${MOST_ADDED_MS} ms over the bare proxy at p50, one connection`,
      reached: `${figure(added, 3)} ms`,
      met: added !== undefined && added <= MOST_ADDED_MS,
    },
  ];
}
