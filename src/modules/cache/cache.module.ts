import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { HealthIndicators } from '../monitoring/index.js';
import { CacheService } from './cache.service.js';
import { RedisClient } from './redis-client.js';

@Global()
@Module({})
export class CacheModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly indicators: HealthIndicators,
    @Optional() @Inject(RedisClient) private readonly redis?: RedisClient,
  ) {}

  static forRoot(redisUrl: string | undefined): DynamicModule {
    const redis = redisUrl === undefined ? [] : [{ provide: RedisClient, useFactory: () => new RedisClient(redisUrl) }];
    return { module: CacheModule, providers: [CacheService, ...redis], exports: [CacheService, ...redis] };
  }

  onModuleInit(): void {
    const { redis } = this;
    redis?.connect();
    this.indicators.registerIndicator('cache', async () => {
      if (!redis) return { status: 'healthy', detail: 'in process' };
      return (await redis.ping()) ? { status: 'healthy' } : { status: 'degraded', detail: 'Redis does not answer' };
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.redis?.close();
  }
}
