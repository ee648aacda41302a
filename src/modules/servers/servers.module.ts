import { type DynamicModule, Global, Module, type OnModuleInit } from '@nestjs/common';
import { PartitionJob } from '../../database/partition-job.js';
import { systemScope } from '../../kernel/scope.js';
import { SERVER_STATUSES } from '../../kernel/words.js';
import { type ComponentHealth, HealthIndicators } from '../monitoring/index.js';
import { ChildListing } from './child-listing.js';
import { ChildrenRepository } from './children.repository.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { CredentialsRepository } from './credentials/credentials.repository.js';
import { CredentialsService } from './credentials/credentials.service.js';
import { UpstreamCredentials } from './credentials/upstream-credentials.js';
import { HealthCheckService } from './health/health-check.service.js';
import { HealthJob } from './health/health-job.js';
import { HealthWriter } from './health/health-writer.js';
import { HealthRepository } from './health/health.repository.js';
import { HEALTH_SETTINGS, type HealthSettings } from './health/health-settings.js';
import { Naming } from './naming.js';
import { ProbingService } from './probing.service.js';
import { Resync } from './resync.js';
import { ServerChildrenController } from './server-children.controller.js';
import { ServersController } from './servers.controller.js';
import { ServersRepository } from './servers.repository.js';
import { ServersService } from './servers.service.js';

export interface ServersModuleOptions {
  readonly health: HealthSettings;
  readonly retentionDays: number;
}

const OPTIONS = Symbol('SERVERS_MODULE_OPTIONS');

@Global()
@Module({})
export class ServersModule implements OnModuleInit {
  constructor(
    private readonly indicators: HealthIndicators,
    private readonly health: HealthRepository,
    private readonly job: HealthJob,
  ) {}

  static forRoot(options: ServersModuleOptions): DynamicModule {
    return {
      module: ServersModule,
      controllers: [ServersController, ServerChildrenController, CredentialsController],
      providers: [
        { provide: HEALTH_SETTINGS, useValue: options.health },
        {
          provide: OPTIONS,
          inject: [PartitionJob],
          useFactory: (partitions: PartitionJob) => {
            partitions.register({ table: 'health_checks', retentionDays: options.retentionDays });
          },
        },
        ServersRepository,
        ChildrenRepository,
        ChildListing,
        HealthRepository,
        HealthWriter,
        HealthCheckService,
        HealthJob,
        ProbingService,
        Resync,
        Naming,
        ServersService,
        CredentialsRepository,
        UpstreamCredentials,
        CredentialsService,
      ],
      exports: [ServersRepository, ChildrenRepository, ServersService, UpstreamCredentials, Resync],
    };
  }

  onModuleInit(): void {
    this.indicators.registerIndicator('upstreams', () => this.#upstreams());
  }

  /** Every server together: the service is impaired, never down, when some of them are. */
  async #upstreams(): Promise<ComponentHealth> {
    const counts = await this.health.countByStatus(systemScope);
    const parts = SERVER_STATUSES.filter((status) => counts.has(status)).map(
      (status) => `${String(counts.get(status))} ${status}`,
    );
    if (this.job.stretchedRounds > 0) parts.push(`${String(this.job.stretchedRounds)} rounds of checks took too long`);
    const impaired = (counts.get('unhealthy') ?? 0) + (counts.get('degraded') ?? 0) > 0;
    return { status: impaired ? 'degraded' : 'healthy', detail: parts.join(', ') || 'none registered' };
  }
}
