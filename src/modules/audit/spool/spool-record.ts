import { crc32 } from 'node:zlib';
import type { AuditOutcome } from '../audit-event.js';

/**
 * What a spool file holds, a line each: the CRC-32 of a JSON array in eight hex digits, a blank, the array. A line
 * that was torn or changed is known by its sum, and the next one is found again at the next newline.
 */
export type SpoolRecord = SpooledIntent | SpooledOutcome | SpooledGap;

/** A call is about to happen. Arguments are a hash here, or redacted: never as they came. */
export interface SpooledIntent {
  readonly kind: 'intent';
  readonly id: string;
  readonly atMs: number;
  readonly tenantId: string;
  readonly userId: string;
  readonly principalKind: string;
  readonly clientId: string | null;
  readonly action: string;
  readonly serverId: string | null;
  readonly serverName: string | null;
  readonly toolName: string | null;
  readonly definitionHash: string | null;
  readonly argumentsHash: string | null;
  readonly arguments: unknown;
  readonly requestBytes: number | null;
  readonly clientIp: string | null;
  readonly correlationId: string | null;
  readonly era: string | null;
}

/** What came of the intent with the same id. `seq` counts a writer's outcomes and gaps from 1, without a hole. */
export interface SpooledOutcome {
  readonly kind: 'outcome';
  readonly id: string;
  readonly seq: number;
  readonly durationMs: number;
  readonly success: boolean;
  readonly errorCode: string | null;
  readonly serverId: string | null;
  readonly serverName: string | null;
  readonly responseBytes: number | null;
}

/** Calls that the spool had no room for, counted. */
export interface SpooledGap {
  readonly kind: 'gap';
  readonly id: string;
  readonly seq: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: number;
}

const SUM_DIGITS = 8;

export function intentLine(intent: Omit<SpooledIntent, 'kind'>): string {
  return line(
    JSON.stringify([
      'b',
      intent.id,
      intent.atMs,
      intent.tenantId,
      intent.userId,
      intent.principalKind,
      intent.clientId,
      intent.action,
      intent.serverId,
      intent.serverName,
      intent.toolName,
      intent.definitionHash,
      intent.argumentsHash,
      intent.arguments,
      intent.requestBytes,
      intent.clientIp,
      intent.correlationId,
      intent.era,
    ]),
  );
}

export function outcomeLine(id: string, seq: number, durationMs: number, outcome: AuditOutcome): string {
  return line(
    JSON.stringify([
      'e',
      id,
      seq,
      durationMs,
      outcome.success,
      outcome.errorCode ?? null,
      outcome.serverId ?? null,
      outcome.serverName ?? null,
      outcome.responseBytes ?? null,
    ]),
  );
}

export function gapLine(gap: Omit<SpooledGap, 'kind'>): string {
  return line(JSON.stringify(['g', gap.id, gap.seq, gap.fromMs, gap.toMs, gap.calls]));
}

function line(json: string): string {
  return `${crc32(json).toString(16).padStart(SUM_DIGITS, '0')} ${json}\n`;
}

/** The record of a line without its newline; `undefined` when it is not what was written. */
export function parseLine(bytes: Buffer): SpoolRecord | undefined {
  const json = bytes.subarray(SUM_DIGITS + 1);
  const sum = bytes.toString('latin1', 0, SUM_DIGITS);
  if (json.length === 0 || crc32(json).toString(16).padStart(SUM_DIGITS, '0') !== sum) return undefined;
  const fields = JSON.parse(json.toString('utf8')) as unknown[];
  switch (fields[0]) {
    case 'b':
      return named('intent', INTENT_FIELDS, fields) as unknown as SpooledIntent;
    case 'e':
      return named('outcome', OUTCOME_FIELDS, fields) as unknown as SpooledOutcome;
    case 'g':
      return named('gap', GAP_FIELDS, fields) as unknown as SpooledGap;
    default:
      return undefined;
  }
}

const INTENT_FIELDS = [
  'id',
  'atMs',
  'tenantId',
  'userId',
  'principalKind',
  'clientId',
  'action',
  'serverId',
  'serverName',
  'toolName',
  'definitionHash',
  'argumentsHash',
  'arguments',
  'requestBytes',
  'clientIp',
  'correlationId',
  'era',
];
const OUTCOME_FIELDS = ['id', 'seq', 'durationMs', 'success', 'errorCode', 'serverId', 'serverName', 'responseBytes'];
const GAP_FIELDS = ['id', 'seq', 'fromMs', 'toMs', 'calls'];

function named(kind: SpoolRecord['kind'], names: readonly string[], fields: readonly unknown[]): object {
  const record: Record<string, unknown> = { kind };
  for (const [i, name] of names.entries()) record[name] = fields[i + 1];
  return record;
}
