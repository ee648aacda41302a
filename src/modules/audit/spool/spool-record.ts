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

/** The arrays, by what they begin with. */
type IntentFields = readonly [
  kind: 'b',
  id: string,
  atMs: number,
  tenantId: string,
  userId: string,
  principalKind: string,
  clientId: string | null,
  action: string,
  serverId: string | null,
  serverName: string | null,
  toolName: string | null,
  definitionHash: string | null,
  argumentsHash: string | null,
  redacted: unknown,
  requestBytes: number | null,
  clientIp: string | null,
  correlationId: string | null,
  era: string | null,
];
type OutcomeFields = readonly [
  kind: 'e',
  id: string,
  seq: number,
  durationMs: number,
  success: boolean,
  errorCode: string | null,
  serverId: string | null,
  serverName: string | null,
  responseBytes: number | null,
];
type GapFields = readonly [kind: 'g', id: string, seq: number, fromMs: number, toMs: number, calls: number];

/**
 * Written member by member, in the order of `IntentFields`: two lines a call are made on the thread that serves it, and
 * `JSON.stringify` of an array takes twice as long.
 */
export function intentLine(intent: Omit<SpooledIntent, 'kind'>): string {
  return line(
    `["b",${text(intent.id)},${String(intent.atMs)},${text(intent.tenantId)},${text(intent.userId)}` +
      `,${text(intent.principalKind)},${text(intent.clientId)},${text(intent.action)},${text(intent.serverId)}` +
      `,${text(intent.serverName)},${text(intent.toolName)},${text(intent.definitionHash)}` +
      `,${text(intent.argumentsHash)},${JSON.stringify(intent.arguments)},${String(intent.requestBytes)}` +
      `,${text(intent.clientIp)},${text(intent.correlationId)},${text(intent.era)}]`,
  );
}

export function outcomeLine(id: string, seq: number, durationMs: number, outcome: AuditOutcome): string {
  return line(
    `["e",${text(id)},${String(seq)},${String(durationMs)},${String(outcome.success)},${text(outcome.errorCode)}` +
      `,${text(outcome.serverId)},${text(outcome.serverName)},${String(outcome.responseBytes ?? null)}]`,
  );
}

export function gapLine(gap: Omit<SpooledGap, 'kind'>): string {
  return line(JSON.stringify(['g', gap.id, gap.seq, gap.fromMs, gap.toMs, gap.calls]));
}

function line(json: string): string {
  return `${sumOf(json)} ${json}\n`;
}

/** Printable ASCII but for what JSON escapes: as good as all names, ids and hashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'null';
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

function sumOf(json: string): string {
  return crc32(json).toString(16).padStart(SUM_DIGITS, '0');
}

/** The record of a line without its newline; `undefined` when it is not what was written. */
export function parseLine(line: string): SpoolRecord | undefined {
  const json = line.slice(SUM_DIGITS + 1);
  if (json === '' || sumOf(json) !== line.slice(0, SUM_DIGITS)) return undefined;
  const fields = JSON.parse(json) as IntentFields | OutcomeFields | GapFields;
  switch (fields[0]) {
    case 'b':
      return intentOf(fields);
    case 'e':
      return outcomeOf(fields);
    case 'g':
      return { kind: 'gap', id: fields[1], seq: fields[2], fromMs: fields[3], toMs: fields[4], calls: fields[5] };
  }
}

function intentOf(fields: IntentFields): SpooledIntent {
  return {
    kind: 'intent',
    id: fields[1],
    atMs: fields[2],
    tenantId: fields[3],
    userId: fields[4],
    principalKind: fields[5],
    clientId: fields[6],
    action: fields[7],
    serverId: fields[8],
    serverName: fields[9],
    toolName: fields[10],
    definitionHash: fields[11],
    argumentsHash: fields[12],
    arguments: fields[13],
    requestBytes: fields[14],
    clientIp: fields[15],
    correlationId: fields[16],
    era: fields[17],
  };
}

function outcomeOf(fields: OutcomeFields): SpooledOutcome {
  return {
    kind: 'outcome',
    id: fields[1],
    seq: fields[2],
    durationMs: fields[3],
    success: fields[4],
    errorCode: fields[5],
    serverId: fields[6],
    serverName: fields[7],
    responseBytes: fields[8],
  };
}
