/**
 * `npm run bench:audit-away -- --database postgres://... [--seconds 20] [--rounds 3]`
 *
 * What calls notice of a PostgreSQL that is gone, and how fast their records come to it when it is back: p99 with it and
 * without it, in turn, at 8 connections. The service reaches the migrated, otherwise unused database through a proxy of
 * the bench's own, which cuts it off. Prints Markdown. Ends with 1 when a call failed, never for a speed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startTcpProxy } from '../../test/support/tcp-proxy.js';
import { measureTarget, type Measured } from '../gateway/measure-target.js';
import type { Target } from '../gateway/target.js';
import { startProgram } from '../tools/child-program.js';
import { describeMachine } from '../tools/machine.js';
import { figure, markdownTable } from '../tools/markdown.js';
import { startService } from '../tools/service.js';
import { median } from '../tools/statistics.js';

const CONNECTIONS = 8;
const PAUSE_MS = 4;
const MOST_RATIO = 1.2;
const LEAST_PER_SECOND = 10_000;
const LOOK_EVERY_MS = 100;
const BACK_WITHIN_MS = 300_000;

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
if (values.database === undefined) throw new Error('--database names a migrated database');
const settings = { durationMs: Number(values.seconds) * 1000, warmUpMs: 700 };
const database = new URL(values.database);
const proxy = await startTcpProxy({ host: database.hostname, port: Number(database.port || 5432) });
database.host = `127.0.0.1:${String(proxy.port)}`;
const upstream = await startProgram('bench/tools/upstream.ts');
const service = await startService({ DATABASE_URL: database.href, DATABASE_OWNER_URL: '' });
try {
  await service.register({ name: 'bench', endpointUrl: upstream.url, settings: { maxInFlight: 1000 } });
  const target = { name: 'the gateway', url: `${service.url}/mcp/servers/bench`, pid: service.pid, tool: 'echo' };
  const here: Measured[] = [];
  const away: Measured[] = [];
  const rates: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    here.push(await load(target));
    await allShipped();
    proxy.cut();
    away.push(await load(target));
    const before = await shipped();
    proxy.restore();
    rates.push(await rateOfReturn(before));
  }
  process.stdout.write(`${report(here, away, rates)}\n`);
  process.exitCode = [...here, ...away].some(({ errors }) => errors > 0) ? 1 : 0;
} finally {
  proxy.restore();
  await service.stop();
  await upstream.stop();
  await proxy.close();
}

function load(target: Target): Promise<Measured> {
  // Paced below what the machine can do, as the black hole's neighbours are.
  const request = { method: 'tools/call', era: 'modern', connections: CONNECTIONS, pauseMs: PAUSE_MS } as const;
  return measureTarget(target, request, {
    ...settings,
    smoke: false,
    rounds: 1,
    eras: ['modern'],
    sections: [],
    withinMs: 0,
  });
}

/** Records in the database since the service started, and how old the oldest is that waits. */
async function figures(): Promise<{ readonly shipped: number; readonly oldestSeconds: number }> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { shipped: read('mcp_audit_shipped_records'), oldestSeconds: read('mcp_audit_oldest_seconds') };
}

async function shipped(): Promise<number> {
  return (await figures()).shipped;
}

/** Until nothing has come for a second. */
async function allShipped(): Promise<number> {
  const deadlineMs = performance.now() + BACK_WITHIN_MS;
  let last = -1;
  let sinceMs = performance.now();
  for (;;) {
    const now = await shipped();
    if (now !== last) {
      last = now;
      sinceMs = performance.now();
    }
    if (performance.now() - sinceMs > 1000) return sinceMs;
    if (performance.now() > deadlineMs) throw new Error('the records did not come');
    await sleep(LOOK_EVERY_MS);
  }
}

/** Rows a second, from the first that came to the last. */
async function rateOfReturn(before: number): Promise<number> {
  while ((await shipped()) === before) await sleep(LOOK_EVERY_MS);
  const startedMs = performance.now();
  const first = await shipped();
  const endedMs = await allShipped();
  return (((await shipped()) - first) / (endedMs - startedMs)) * 1000;
}

function report(here: readonly Measured[], away: readonly Measured[], rates: readonly number[]): string {
  const ratios = here.flatMap(({ p99Ms }, i) => (away[i] ? [away[i].p99Ms / p99Ms] : []));
  return [
    `## Audit without PostgreSQL, ${new Date().toISOString().slice(0, 10)}`,
    `${describeMachine()}. ${String(CONNECTIONS)} connections, ${String(here.length)} rounds of ${values.seconds} s with it and ${values.seconds} s without.`,
    markdownTable(
      ['PostgreSQL', 'calls/s', 'p50 ms', 'p99 ms', 'errors'],
      [row('is there', here), row('is gone', away)],
    ),
    `p99 without it is ${figure(median(ratios), 2)} of p99 with it; the aim is ${String(MOST_RATIO)} at most.`,
    `Back, it takes ${figure(median(rates))} records a second; the aim is ${String(LEAST_PER_SECOND)}.`,
  ].join('\n\n');
}

function row(name: string, all: readonly Measured[]): string[] {
  return [
    name,
    figure(median(all.map(({ perSecond }) => perSecond))),
    figure(median(all.map(({ p50Ms }) => p50Ms)), 3),
    figure(median(all.map(({ p99Ms }) => p99Ms)), 3),
    figure(all.reduce((sum, { errors }) => sum + errors, 0)),
  ];
}
