export type { AuditEntry, AuditIntent, AuditOutcome } from './audit-event.js';
export { AuditModule } from './audit.module.js';
export { AuditService } from './audit.service.js';
