import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Secrets } from '../../config/secrets.js';
import { PartitionJob } from '../../database/partition-job.js';
import { Clock } from '../../kernel/clock.js';
import { KeyedDigest } from './arguments/keyed-digest.js';
import { AuditFigures } from './audit-figures.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-settings.js';
import { AuditService } from './audit.service.js';
import { CHAIN_PURPOSE } from './chain/chain.js';
import { anchorBeforeDrop } from './chain/retention-anchors.js';
import { AuditController } from './query/audit.controller.js';
import { AuditEventsRepository } from './query/audit-events.repository.js';
import { AuditQueries } from './query/audit-queries.service.js';
import { RequestLogRepository } from './request-log/request-log.repository.js';
import { RequestLogs } from './request-log/request-logs.js';
import { SpoolHost } from './spool-host.js';

@Global()
@Module({})
export class AuditModule {
  static forRoot(options: AuditOptions): DynamicModule {
    const { auditDays, requestsDays } = options.retention;
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        { provide: AUDIT_OPTIONS, useValue: options },
        SpoolHost,
        AuditService,
        AuditFigures,
        AuditEventsRepository,
        AuditQueries,
        RequestLogRepository,
        RequestLogs,
        {
          provide: 'audit partitions',
          inject: [PartitionJob, Secrets, Clock],
          useFactory: (partitions: PartitionJob, secrets: Secrets, clock: Clock) => {
            const [key = Buffer.alloc(0)] = secrets.derive(CHAIN_PURPOSE);
            const digest = new KeyedDigest(key);
            partitions.register({
              table: 'mcp_audit_log',
              retentionDays: auditDays,
              beforeDrop: (partition, queryRunner) => anchorBeforeDrop(queryRunner, digest, partition, clock.now()),
            });
            partitions.register({ table: 'request_logs', retentionDays: requestsDays });
          },
        },
      ],
      exports: [AuditService, RequestLogs],
    };
  }
}
