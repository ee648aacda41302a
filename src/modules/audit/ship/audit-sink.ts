import type { AuditAnchor } from '../chain/anchors.js';
import type { ChainedRow } from '../chain/audit-row.js';
import type { SpooledIntent } from '../spool/spool-record.js';

/** The last row of a writer's chain. */
export interface ChainEnd {
  readonly seq: number;
  /** In hex. */
  readonly chainHash: string;
}

/** Where records go: PostgreSQL. Every method throws while it cannot be reached. */
export interface AuditSink {
  /** Of a writer's rows in the table; undefined when it has none. */
  chainEnd(writerId: string): Promise<ChainEnd | undefined>;
  /** The ids among these that are in the table already. */
  present(intents: readonly SpooledIntent[]): Promise<ReadonlySet<string>>;
  /** All of it, durably, or nothing. */
  append(rows: readonly ChainedRow[], anchors: readonly AuditAnchor[]): Promise<void>;
}
