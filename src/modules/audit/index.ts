export type { AuditEntry, AuditIntent, AuditOutcome } from './audit-event.js';
export { AuditModule } from './audit.module.js';
export { AuditService } from './audit.service.js';
export type { Verification } from './chain/verify.js';
export { verifyAudit } from './chain/verify-audit.js';
export { RequestLogs } from './request-log/request-logs.js';
