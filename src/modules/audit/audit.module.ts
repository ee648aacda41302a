import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PartitionJob } from '../../database/partition-job.js';
import { AuditFigures } from './audit-figures.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-settings.js';
import { AuditService } from './audit.service.js';
import { SpoolHost } from './spool-host.js';

@Global()
@Module({})
export class AuditModule {
  static forRoot(options: AuditOptions): DynamicModule {
    const { auditDays, requestsDays } = options.retention;
    return {
      module: AuditModule,
      providers: [
        { provide: AUDIT_OPTIONS, useValue: options },
        SpoolHost,
        AuditService,
        AuditFigures,
        {
          provide: 'audit partitions',
          inject: [PartitionJob],
          useFactory: (partitions: PartitionJob) => {
            partitions.register({ table: 'mcp_audit_log', retentionDays: auditDays });
            partitions.register({ table: 'request_logs', retentionDays: requestsDays });
          },
        },
      ],
      exports: [AuditService],
    };
  }
}
