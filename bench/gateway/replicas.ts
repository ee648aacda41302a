import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { interleave } from '../tools/interleave.js';
import { figure, markdownTable } from '../tools/markdown.js';
import { startRedis } from '../tools/redis.js';
import { type RunningService, startService } from '../tools/service.js';
import { medianRatio } from '../tools/statistics.js';
import { type Measured, measureTarget } from './measure-target.js';
import { complaints, errorsOf, medianOf, type Outcome, perRound } from './outcome.js';
import type { Settings } from './settings.js';
import type { Target } from './target.js';

const BUSY = 32;
const NAME = 'bench';
const ONE = 'one replica';
const TWO = 'two replicas';

const perSecond = (measured: Measured): number => measured.perSecond;

/** `tools/call` of stateful clients on one replica, and the same clients spread over two that share their state. */
export async function measureReplicas(upstreamUrl: string, settings: Settings): Promise<Outcome> {
  const redis = await startRedis();
  if (!redis)
    return { markdown: '### Two replicas\n\nNot measured: there is no redis-server.', errors: 0, verdicts: [] };
  const services: RunningService[] = [];
  try {
    const first = await startService({ REDIS_URL: redis.url });
    services.push(first);
    const second = await startService({ REDIS_URL: redis.url, ...(await stateOf(first)) });
    services.push(second);
    const registered = { name: NAME, endpointUrl: upstreamUrl, settings: { maxInFlight: 1_000 } };
    const { status, lastError } = await first.register(registered);
    if (status !== 'healthy') throw new Error(`the upstream is ${status}: ${lastError}`);
    return await measure(services, settings);
  } finally {
    for (const service of services.toReversed()) await service.stop();
    await redis.stop();
  }
}

async function measure(services: readonly RunningService[], settings: Settings): Promise<Outcome> {
  const targets = services.map(({ url, pid }): Target => ({
    name: url,
    url: `${url}/mcp/servers/${NAME}`,
    pid,
    tool: 'echo',
  }));
  // As many load generators in both cases: they work on the same cores.
  const subjects = [
    { name: ONE, targets: targets.flatMap(() => targets.slice(0, 1)) },
    { name: TWO, targets },
  ];
  const results = await interleave(subjects, settings.rounds, async ({ name, targets: used }) => {
    const request = { method: 'tools/call', era: 'legacy', connections: BUSY / used.length } as const;
    const measured = await Promise.all(used.map((target) => measureTarget(target, request, settings)));
    return together(name, measured);
  });
  const ratio = medianRatio(perRound(results.get(TWO), perSecond), perRound(results.get(ONE), perSecond));
  const rows = subjects.map(({ name }) => [
    name,
    figure(medianOf(results.get(name), perSecond)),
    figure(
      medianOf(results.get(name), ({ p99Ms }) => p99Ms),
      3,
    ),
    figure(errorsOf([results.get(name) ?? []])),
  ]);
  const table = markdownTable(['legacy sessions on', 'calls/s', 'p99 ms', 'errors'], rows);
  return {
    markdown: `### Two replicas, ${BUSY} connections in all\n\n${table}${complaints(results)}`,
    errors: errorsOf(results.values()),
    verdicts: [
      {
        aim: 'two replicas do at least what one does',
        reached: figure(ratio, 2),
        met: ratio !== undefined && ratio >= 1,
      },
    ],
  };
}

/** What several loads did at the same time; of their percentiles the worst. */
function together(name: string, all: readonly Measured[]): Measured {
  const [first] = all;
  if (!first) throw new Error('nothing was measured');
  const most = (read: (measured: Measured) => number): number => Math.max(...all.map(read));
  const sum = (read: (measured: Measured) => number): number => all.reduce((total, one) => total + read(one), 0);
  // What one of them did not serve is not what all of them serve together.
  const missing = all.find(({ notServed }) => notServed !== undefined);
  return {
    ...first,
    ...(missing && { notServed: missing.notServed, status: missing.status }),
    url: name,
    perSecond: sum(perSecond),
    count: sum(({ count }) => count),
    p50Ms: most(({ p50Ms }) => p50Ms),
    p95Ms: most(({ p95Ms }) => p95Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    maxMs: most(({ maxMs }) => maxMs),
    errors: sum(({ errors }) => errors),
    errorKinds: Object.assign({}, ...all.map(({ errorKinds }) => errorKinds)) as Record<string, number>,
    cpuUs: undefined,
  };
}

/** The database and the key of a service, for another one to share. */
async function stateOf({ dataDir }: RunningService): Promise<Record<string, string>> {
  const SECRETS_KEY = process.env['SECRETS_KEY'] ?? (await readFile(path.join(dataDir, 'secrets-key'), 'utf8')).trim();
  if (process.env['DATABASE_URL']) return { SECRETS_KEY };
  const record = JSON.parse(await readFile(path.join(dataDir, 'embedded.json'), 'utf8')) as {
    readonly port: number;
    readonly database: string;
    readonly owner: Login;
    readonly application: Login;
  };
  const url = ({ user, password }: Login): string =>
    `postgres://${user}:${password}@127.0.0.1:${record.port}/${record.database}`;
  return { SECRETS_KEY, DATABASE_URL: url(record.application), DATABASE_OWNER_URL: url(record.owner) };
}

interface Login {
  readonly user: string;
  readonly password: string;
}
