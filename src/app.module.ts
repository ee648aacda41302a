import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Config } from './config/config.js';
import type { Secrets } from './config/secrets.js';
import type { DatabaseUrls } from './database/data-source-options.js';
import { DatabaseModule } from './database/database.module.js';
import type { Egress } from './egress/egress.js';
import type { Clock } from './kernel/clock.js';
import { AuditModule } from './modules/audit/index.js';
import { AuthModule } from './modules/auth/index.js';
import { CacheModule } from './modules/cache/index.js';
import { DiscoveryModule } from './modules/discovery/index.js';
import { GatewayModule } from './modules/gateway/index.js';
import { MonitoringModule } from './modules/monitoring/index.js';
import { ServersModule } from './modules/servers/index.js';
import { PlatformModule } from './platform.module.js';
import { Startup } from './startup.js';

export interface AppParts {
  readonly config: Config;
  readonly urls: DatabaseUrls;
  readonly egress: Egress;
  readonly secrets: Secrets;
  /** The system's, unless a test decides what time it is. */
  readonly clock?: Clock;
}

/** The one file that sees every module. */
@Module({})
export class AppModule {
  static forRoot({ config, urls, egress, secrets, clock }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ScheduleModule.forRoot(),
        PlatformModule.forRoot(egress, secrets, clock),
        DatabaseModule.forRoot(config.database, urls),
        MonitoringModule.forRoot({ token: config.metricsToken, open: config.auth.mode === 'local' }, config.monitor),
        CacheModule.forRoot(config.redisUrl),
        AuditModule.forRoot({
          ...config.audit,
          dataDir: config.dataDir,
          requestLogSample: config.requestLogSample,
          retention: config.retention,
        }),
        AuthModule.forRoot({ ...config.auth, dataDir: config.dataDir, publicUrl: config.http.publicUrl }),
        ServersModule.forRoot({ health: config.health, retentionDays: config.retention.healthDays }),
        DiscoveryModule,
        GatewayModule.forRoot({ upstream: config.upstream, catalogueBytes: config.gateway.catalogueBytes }),
      ],
      providers: [Startup],
    };
  }
}
