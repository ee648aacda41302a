import type { z } from 'zod';
import type { Break, Verification } from '../chain/verify.js';
import type { StatsRow, StoredEvent } from './audit-events.repository.js';
import type { AuditEvent, AuditStats, AuditVerification } from './audit.schemas.js';
import type { Stats } from './audit-queries.service.js';

const BREAKS_AT_MOST = 100;
/** Of an export, in characters: one write for many lines. */
const CHUNK = 64 * 1024;

export function eventOnWire({ timestamp, seq, ...rest }: StoredEvent): z.output<typeof AuditEvent> {
  return { ...rest, timestamp: timestamp.toISOString(), seq: seq === null ? null : Number(seq) };
}

export async function* ndjson(events: AsyncIterable<StoredEvent>): AsyncGenerator<string> {
  let chunk = '';
  for await (const event of events) {
    chunk += `${JSON.stringify(eventOnWire(event))}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

export function statsOnWire({ from, to, rows }: Stats): z.output<typeof AuditStats> {
  const named = (kind: StatsRow['kind']): StatsRow[] => rows.filter((row) => row.kind === kind);
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    total: figures(named('total')[0]),
    tools: named('tool').map((row) => ({ tool: row.name ?? '', ...figures(row) })),
    users: named('user').map((row) => ({ user: row.name ?? '', ...figures(row) })),
  };
}

function figures(row: StatsRow | undefined): z.output<typeof AuditStats>['total'] {
  const { calls = 0, errors = 0, interrupted = 0, p95DurationMs = null } = row ?? {};
  return { calls, errors, interrupted, errorRate: calls === 0 ? 0 : errors / calls, p95DurationMs };
}

export function verificationOnWire(verification: Verification): z.output<typeof AuditVerification> {
  const { records, writers, anchors } = verification;
  const breaks = verification.breaks.slice(0, BREAKS_AT_MOST).map(breakOnWire);
  return { intact: breaks.length === 0, records, writers, anchors, firstBreak: breaks[0] ?? null, breaks };
}

function breakOnWire({ timestamp, ...rest }: Break): z.output<typeof AuditVerification>['breaks'][number] {
  return { ...rest, timestamp: timestamp?.toISOString() ?? null };
}
