import type { Caller } from '../../kernel/caller.js';

/** What is about to happen. */
export interface AuditIntent {
  readonly caller: Caller;
  /** `servers.register`, `tools/call`, ... */
  readonly action: string;
  readonly serverId?: string;
  readonly serverName?: string;
  readonly toolName?: string;
  readonly definitionHash?: string;
  /** The arguments as the caller wrote them. Kept until they are hashed, never stored as they are. */
  readonly argumentsBytes?: Buffer | undefined;
  readonly requestBytes?: number;
  readonly era?: 'modern' | 'legacy' | 'rest';
}

/** An intent on record, waiting for its outcome. */
export interface AuditEntry {
  /** Empty when the spool had no room for it. */
  readonly id: string;
  readonly startedMs: number;
}

/** What came of it. Names and ids that were not known at the intent may follow here. */
export interface AuditOutcome {
  readonly success: boolean;
  readonly errorCode?: string;
  readonly serverId?: string;
  readonly serverName?: string;
  readonly responseBytes?: number;
}
