import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../database/database-access.js';
import { isMissingPartition } from '../../database/database-errors.js';
import { PartitionJob } from '../../database/partition-job.js';
import type { AuditEntry, AuditOutcome } from './audit-event.js';

export interface CompletedEntry {
  readonly entry: AuditEntry;
  readonly outcome: AuditOutcome;
  readonly durationMs: number;
}

const TABLE = 'mcp_audit_log';

const INSERT = `/* audit.insert */
  INSERT INTO ${TABLE} (timestamp, id, tenant_id, user_id, principal_kind, client_id, action, server_id, server_name,
    tool_name, definition_hash, state, success, error_code, duration_ms, request_bytes, response_bytes, client_ip,
    correlation_id, era)
  SELECT *
  FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[], $14::text[], $15::real[], $16::integer[],
    $17::integer[], $18::text[], $19::text[], $20::text[])
  ON CONFLICT DO NOTHING`;

@Injectable()
export class AuditRepository {
  constructor(
    private readonly database: DatabaseAccess,
    private readonly partitions: PartitionJob,
  ) {}

  /** Appends a batch; a record whose id is already there is left alone. */
  async insert(batch: readonly CompletedEntry[]): Promise<void> {
    const columns = columnsOf(batch);
    try {
      await this.database.query(INSERT, columns);
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      for (const { entry } of batch) await this.partitions.createFor(TABLE, entry.at);
      await this.database.query(INSERT, columns);
    }
  }
}

function columnsOf(batch: readonly CompletedEntry[]): unknown[] {
  const column = (read: (record: CompletedEntry) => unknown): unknown[] => batch.map((record) => read(record) ?? null);
  return [
    column(({ entry }) => entry.at),
    column(({ entry }) => entry.id),
    column(({ entry }) => entry.intent.caller.principal.tenantId),
    column(({ entry }) => entry.intent.caller.principal.subject),
    column(({ entry }) => entry.intent.caller.principal.kind),
    column(({ entry }) => entry.intent.caller.principal.clientId),
    column(({ entry }) => entry.intent.action),
    column(({ entry, outcome }) => outcome.serverId ?? entry.intent.serverId),
    column(({ entry, outcome }) => outcome.serverName ?? entry.intent.serverName),
    column(({ entry }) => entry.intent.toolName),
    column(({ entry }) => entry.intent.definitionHash),
    column(() => 'completed'),
    column(({ outcome }) => outcome.success),
    column(({ outcome }) => outcome.errorCode),
    column(({ durationMs }) => durationMs),
    column(({ entry }) => entry.intent.requestBytes),
    column(({ outcome }) => outcome.responseBytes),
    column(({ entry }) => entry.intent.caller.clientIp),
    column(({ entry }) => entry.intent.caller.correlationId),
    column(({ entry }) => entry.intent.era),
  ];
}
