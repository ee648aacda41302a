import { BYTEA_HEX } from '../chain/anchors.js';
import type { AuditRow, ChainedRow } from '../chain/audit-row.js';
import { arrayLiteral } from './array-literal.js';

/** One statement for a batch, an array a column; a row that is there already is left as it is. */
export const INSERT_ROWS = `/* audit.insert */
  INSERT INTO mcp_audit_log (timestamp, id, tenant_id, user_id, principal_kind, client_id, action, server_id,
    server_name, tool_name, definition_hash, arguments_hash, arguments, state, success, error_code, duration_ms,
    request_bytes, response_bytes, client_ip, correlation_id, era, writer_id, seq, chain_hash)
  SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::boolean[],
    $16::text[], $17::real[], $18::integer[], $19::integer[], $20::text[], $21::text[], $22::text[], $23::uuid[],
    $24::bigint[], $25::bytea[])
  ON CONFLICT DO NOTHING`;

export function insertParameters(chained: readonly ChainedRow[]): string[] {
  const rows = chained.map(({ row }) => row);
  const column = (read: (row: AuditRow) => string | number | boolean | null): string => arrayLiteral(rows, read);
  return [
    column((row) => new Date(row.timestampMs).toISOString()),
    column((row) => row.id),
    column((row) => row.tenantId),
    column((row) => row.userId),
    column((row) => row.principalKind),
    column((row) => row.clientId),
    column((row) => row.action),
    column((row) => row.serverId),
    column((row) => row.serverName),
    column((row) => row.toolName),
    column((row) => row.definitionHash),
    column((row) => row.argumentsHash),
    column((row) => (row.arguments === null ? null : JSON.stringify(row.arguments))),
    column((row) => row.state),
    column((row) => row.success),
    column((row) => row.errorCode),
    column((row) => row.durationMs),
    column((row) => row.requestBytes),
    column((row) => row.responseBytes),
    column((row) => row.clientIp),
    column((row) => row.correlationId),
    column((row) => row.era),
    column((row) => row.writerId),
    column((row) => row.seq),
    arrayLiteral(chained, ({ chainHash }) => BYTEA_HEX + chainHash),
  ];
}
