/** A row of `mcp_audit_log` but for the hash that chains it to the row before. */
export interface AuditRow {
  readonly timestampMs: number;
  readonly id: string;
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
  readonly state: 'completed' | 'interrupted';
  readonly success: boolean | null;
  readonly errorCode: string | null;
  /** As a 32-bit float holds it. */
  readonly durationMs: number | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly clientIp: string | null;
  readonly correlationId: string | null;
  readonly era: string | null;
  readonly writerId: string;
  readonly seq: number;
}

export interface ChainedRow {
  readonly row: AuditRow;
  /** In hex. */
  readonly chainHash: string;
}
