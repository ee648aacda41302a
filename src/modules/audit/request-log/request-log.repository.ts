import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import { isMissingPartition } from '../../../database/database-errors.js';
import { PartitionJob } from '../../../database/partition-job.js';

/** One answered REST request. */
export interface LoggedRequest {
  readonly at: Date;
  readonly id: string;
  /** Route template, not the path asked for. */
  readonly endpoint: string;
  readonly method: string;
  readonly statusCode: number;
  readonly responseTimeMs: number;
  readonly userId: string | null;
  readonly tenantId: string | null;
  readonly correlationId: string;
  /** Of the answer's body; 0 where it is a stream. */
  readonly bytes: number;
}

const TABLE = 'request_logs';

const INSERT = `/* request_logs.insert */
  INSERT INTO ${TABLE} (timestamp, id, endpoint, method, status_code, response_time_ms, user_id, tenant_id,
    correlation_id, bytes)
  SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::real[], $7::text[],
    $8::text[], $9::text[], $10::integer[])`;

@Injectable()
export class RequestLogRepository {
  constructor(
    private readonly database: DatabaseAccess,
    private readonly partitions: PartitionJob,
  ) {}

  get isOpen(): boolean {
    return this.database.isOpen;
  }

  async insert(batch: readonly LoggedRequest[]): Promise<void> {
    const column = (read: (request: LoggedRequest) => unknown): unknown[] => batch.map(read);
    const columns = [
      column((request) => request.at),
      column((request) => request.id),
      column((request) => request.endpoint),
      column((request) => request.method),
      column((request) => request.statusCode),
      column((request) => request.responseTimeMs),
      column((request) => request.userId),
      column((request) => request.tenantId),
      column((request) => request.correlationId),
      column((request) => request.bytes),
    ];
    try {
      await this.database.query(INSERT, columns);
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      for (const { at } of batch) await this.partitions.createFor(TABLE, at);
      await this.database.query(INSERT, columns);
    }
  }
}
