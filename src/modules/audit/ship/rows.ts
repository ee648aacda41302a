import { LOCAL_TENANT } from '../../../kernel/principal.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { storable } from '../arguments/redact.js';
import type { AuditRow } from '../chain/audit-row.js';
import type { SpooledGap, SpooledIntent, SpooledOutcome } from '../spool/spool-record.js';

const TEXT_AT_MOST = 1000;
const INTEGER_AT_MOST = 2_147_483_647;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What a name that is no text becomes. */
const UNKNOWN = 'unknown';
/** Who the service's own records are by. */
const GATEWAY = { tenantId: LOCAL_TENANT, userId: 'gateway', principalKind: 'service' } as const;

/** Where in its writer's chain a row stands. */
export interface Place {
  readonly writerId: string;
  readonly seq: number;
}

/** The row of a call: its outcome, or none when the process died during the call. */
export function callRow(intent: SpooledIntent, outcome: SpooledOutcome | undefined, place: Place): AuditRow {
  return {
    timestampMs: intent.atMs,
    id: intent.id,
    tenantId: text(intent.tenantId) ?? UNKNOWN,
    userId: text(intent.userId) ?? UNKNOWN,
    principalKind: intent.principalKind,
    clientId: text(intent.clientId),
    action: text(intent.action) ?? UNKNOWN,
    serverId: uuid(outcome?.serverId ?? intent.serverId),
    serverName: text(outcome?.serverName ?? intent.serverName),
    toolName: text(intent.toolName),
    definitionHash: text(intent.definitionHash),
    argumentsHash: intent.argumentsHash,
    arguments: intent.arguments,
    state: outcome ? 'completed' : 'interrupted',
    success: outcome?.success ?? null,
    errorCode: text(outcome?.errorCode ?? null),
    durationMs: outcome ? Math.fround(outcome.durationMs) : null,
    requestBytes: integer(intent.requestBytes),
    responseBytes: integer(outcome?.responseBytes ?? null),
    clientIp: text(intent.clientIp),
    correlationId: text(intent.correlationId),
    era: intent.era,
    writerId: place.writerId,
    seq: place.seq,
  };
}

/** An outcome whose intent cannot be read any more. */
export function orphanRow(outcome: SpooledOutcome, place: Place): AuditRow {
  return callRow(
    { ...nothing('audit.damaged_intent', timeOf(outcome.id)), id: outcome.id },
    { ...outcome, errorCode: outcome.errorCode ?? null },
    place,
  );
}

/** A record that the spool had and that cannot be read any more. */
export function damagedRow(atMs: number, place: Place): AuditRow {
  return failed(nothing('audit.damaged', atMs), 'audit.record_damaged', place);
}

/** Calls for which the spool had no room: how many, and from when to when. */
export function gapRow(gap: SpooledGap, place: Place): AuditRow {
  const facts = {
    calls: gap.calls,
    from: new Date(gap.fromMs).toISOString(),
    to: new Date(gap.toMs).toISOString(),
  };
  return failed({ ...nothing('audit.gap', gap.fromMs), id: gap.id, arguments: facts }, 'audit.spool_full', place);
}

function failed(intent: SpooledIntent, errorCode: string, place: Place): AuditRow {
  return { ...callRow(intent, undefined, place), state: 'completed', success: false, errorCode };
}

function nothing(action: string, atMs: number): SpooledIntent {
  return {
    kind: 'intent',
    id: uuidv7(atMs),
    atMs,
    ...GATEWAY,
    clientId: null,
    action,
    serverId: null,
    serverName: null,
    toolName: null,
    definitionHash: null,
    argumentsHash: null,
    arguments: null,
    requestBytes: null,
    clientIp: null,
    correlationId: null,
    era: null,
  };
}

/** The milliseconds that a UUIDv7 begins with. */
function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** A name may be whatever a caller wrote: bounded, and without what PostgreSQL refuses. */
function text(value: string | null): string | null {
  return value === null ? null : storable(value.slice(0, TEXT_AT_MOST));
}

function uuid(value: string | null): string | null {
  return value !== null && UUID.test(value) ? value.toLowerCase() : null;
}

function integer(value: number | null): number | null {
  return value === null ? null : Math.min(Math.round(value), INTEGER_AT_MOST);
}
