import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { PartitionJob } from '../../database/partition-job.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';

@Global()
@Module({})
export class AuditModule {
  static forRoot(retention: Config['retention']): DynamicModule {
    return {
      module: AuditModule,
      providers: [
        AuditRepository,
        AuditService,
        {
          provide: 'audit partitions',
          inject: [PartitionJob],
          useFactory: (partitions: PartitionJob) => {
            partitions.register({ table: 'mcp_audit_log', retentionDays: retention.auditDays });
            partitions.register({ table: 'request_logs', retentionDays: retention.requestsDays });
          },
        },
      ],
      exports: [AuditService],
    };
  }
}
