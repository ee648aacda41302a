import type { KeyedDigest } from '../arguments/keyed-digest.js';
import { canonicalJson, type Json } from '../../../kernel/canonical-json.js';
import type { AuditRow, ChainedRow } from './audit-row.js';

/** What the keys of chain and anchors are derived for. */
export const CHAIN_PURPOSE = 'audit chain';

/** What a writer's first row is chained to. */
export function genesis(digest: KeyedDigest, writerId: string): string {
  return digest.hex(Buffer.from(`genesis ${writerId}`));
}

/** In hex: HMAC over the hash of the row before and every column of this one. */
export function chainHash(digest: KeyedDigest, previous: string, row: AuditRow): string {
  return digest.hexAfter(previous, rowText(row));
}

export function chainedTo(digest: KeyedDigest, previous: string, row: AuditRow): ChainedRow {
  return { row, chainHash: chainHash(digest, previous, row) };
}

/** `rows` of one writer in the order of `seq`, behind the row with the hash `previous`. */
export function chain(digest: KeyedDigest, previous: string, rows: readonly AuditRow[]): ChainedRow[] {
  let last = previous;
  return rows.map((row) => {
    const chained = chainedTo(digest, last, row);
    last = chained.chainHash;
    return chained;
  });
}

/** One text for one row, the same when it is written and when it is read back. */
function rowText(row: AuditRow): string {
  return JSON.stringify([
    row.writerId,
    row.seq,
    row.timestampMs,
    row.id,
    row.tenantId,
    row.userId,
    row.principalKind,
    row.clientId,
    row.action,
    row.serverId,
    row.serverName,
    row.toolName,
    row.definitionHash,
    row.argumentsHash,
    row.arguments === null ? null : canonicalJson(row.arguments as Json),
    row.state,
    row.success,
    row.errorCode,
    row.durationMs,
    row.requestBytes,
    row.responseBytes,
    row.clientIp,
    row.correlationId,
    row.era,
  ]);
}
