import type { Durability } from './spool/spool.js';

/** What `AUDIT_*` says. */
export interface AuditSettings {
  readonly durability: Durability;
  /** What becomes of calls that cannot be put on record: refused, or counted. */
  readonly whenFull: 'strict' | 'lenient';
  readonly spoolBytes: number;
  readonly arguments: 'hash' | 'redacted';
}

export interface AuditOptions extends AuditSettings {
  /** Absolute. */
  readonly dataDir: string;
  readonly requestLogSample: number;
  readonly retention: { readonly auditDays: number; readonly requestsDays: number };
}

export const AUDIT_OPTIONS = Symbol('AUDIT_OPTIONS');
