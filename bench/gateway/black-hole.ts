import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildProgram, startProgram } from '../tools/child-program.js';
import { interleave } from '../tools/interleave.js';
import { startLoad } from '../tools/load-process.js';
import { figure, markdownTable } from '../tools/markdown.js';
import type { RunningService } from '../tools/service.js';
import { medianRatio } from '../tools/statistics.js';
import { type Measured, measureTarget } from './measure-target.js';
import { complaints, errorsOf, medianOf, type Outcome, perRound } from './outcome.js';
import type { Settings } from './settings.js';
import { ONE_SERVER, type Target } from './target.js';

/** More than the bulkhead lets through, so that calls hang and calls are shed. */
const HANGING = 80;
const HANGING_PAUSE_MS = 200;
/** Until the hanging calls are under way. */
const SETTLE_MS = 800;
/** Paced below what the machine can do: a 99th percentile of a full machine says nothing about anybody else. */
const CONNECTIONS = 8;
const PAUSE_MS = 4;
const FETCH_WITHIN_MS = 10_000;
const MOST_RATIO = 1.1;

const p99 = (measured: Measured): number => measured.p99Ms;

/** The others' 99th percentile while calls to one upstream hang: it accepts them and never answers. */
export async function measureBlackHole(target: Target, service: RunningService, settings: Settings): Promise<Outcome> {
  const hole = await startProgram('bench/tools/upstream.ts');
  try {
    const server = await service.register({ name: 'hole', endpointUrl: hole.url });
    await fetch(new URL('/control', hole.url), {
      method: 'POST',
      body: '{"blackHole":true}',
      signal: AbortSignal.timeout(FETCH_WITHIN_MS),
    });
    try {
      return await measure(target, hole, `${service.url}/mcp/servers/hole`, settings);
    } finally {
      await service.remove(server);
    }
  } finally {
    await hole.stop();
  }
}

async function measure(target: Target, hole: ChildProgram, holeUrl: string, settings: Settings): Promise<Outcome> {
  const subjects = [
    { name: 'alone', hanging: false },
    { name: 'beside a black hole', hanging: true },
  ];
  const request = { method: 'tools/call', era: 'modern', connections: CONNECTIONS, pauseMs: PAUSE_MS } as const;
  const results = await interleave(subjects, settings.rounds, async ({ name, hanging }) => {
    const subject = { ...target, name: `${ONE_SERVER} ${name}` };
    if (!hanging) return measureTarget(subject, request, settings);
    const background = startLoad({
      url: holeUrl,
      connections: HANGING,
      pauseMs: HANGING_PAUSE_MS,
      warmUpMs: 0,
      durationMs: 600_000,
      timeoutMs: 600_000,
    });
    try {
      await sleep(SETTLE_MS);
      return await measureTarget(subject, request, settings);
    } finally {
      await background.stop();
    }
  });
  const stats = await fetch(new URL('/stats', hole.url), { signal: AbortSignal.timeout(FETCH_WITHIN_MS) });
  const { calls } = (await stats.json()) as { calls: number };
  const ratio = medianRatio(perRound(results.get('beside a black hole'), p99), perRound(results.get('alone'), p99));
  const rows = subjects.map(({ name }) => [
    name,
    figure(medianOf(results.get(name), ({ perSecond }) => perSecond)),
    figure(
      medianOf(results.get(name), ({ p50Ms }) => p50Ms),
      3,
    ),
    figure(medianOf(results.get(name), p99), 3),
    figure(errorsOf([results.get(name) ?? []])),
  ]);
  const title = `### A black hole beside it: ${HANGING} callers of an upstream that never answers (${calls} calls went in)`;
  const table = markdownTable([ONE_SERVER, 'calls/s', 'p50 ms', 'p99 ms', 'errors'], rows);
  const missed = calls === 0 ? 1 : 0;
  return {
    markdown: `${title}\n\n${table}${complaints(results)}${missed === 0 ? '' : '\n\nNo call reached the black hole.'}`,
    errors: errorsOf(results.values()) + missed,
    verdicts: [
      {
        aim: `p99 beside a black hole at most ${MOST_RATIO} of p99 alone`,
        reached: figure(ratio, 2),
        met: ratio !== undefined && ratio <= MOST_RATIO,
      },
    ],
  };
}
