import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
  type Provider,
} from '@nestjs/common';
import { HealthIndicators, Samplers } from '../monitoring/index.js';
import { CacheService } from './cache.service.js';
import { RedisClient } from './redis-client.js';
import { RedisPingTime } from './redis-ping-time.js';
import { RedisSubscriber } from './redis-subscriber.js';

@Global()
@Module({})
export class CacheModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly indicators: HealthIndicators,
    private readonly samplers: Samplers,
    @Optional() @Inject(RedisClient) private readonly redis?: RedisClient,
    @Optional() @Inject(RedisSubscriber) private readonly subscriber?: RedisSubscriber,
    @Optional() @Inject(RedisPingTime) private readonly pingTime?: RedisPingTime,
  ) {}

  /** Without a URL there is neither `RedisClient` nor `RedisSubscriber`: who wants one injects it as optional. */
  static forRoot(redisUrl: string | undefined): DynamicModule {
    const providers: Provider[] = [CacheService];
    if (redisUrl !== undefined) {
      providers.push(
        { provide: RedisClient, useFactory: () => new RedisClient(redisUrl) },
        { provide: RedisSubscriber, useFactory: () => new RedisSubscriber(redisUrl) },
        { provide: RedisPingTime, useFactory: () => new RedisPingTime(redisUrl) },
      );
    }
    return {
      module: CacheModule,
      providers,
      exports: redisUrl === undefined ? [CacheService] : [CacheService, RedisClient, RedisSubscriber],
    };
  }

  onModuleInit(): void {
    const { redis } = this;
    redis?.connect();
    this.subscriber?.connect();
    this.#measure();
    this.indicators.registerIndicator('cache', async () => {
      if (!redis) return { status: 'healthy', detail: 'in process' };
      return (await redis.ping()) ? { status: 'healthy' } : { status: 'degraded', detail: 'Redis does not answer' };
    });
  }

  #measure(): void {
    const { pingTime } = this;
    if (!pingTime) return;
    pingTime.connect();
    this.samplers.registerSampler({
      name: 'redis_ping_time',
      unit: 'milliseconds',
      better: 'lower',
      warning: 50,
      critical: 200,
      read: () => pingTime.readMs(),
    });
  }

  onApplicationShutdown(): void {
    this.pingTime?.close();
    this.subscriber?.close();
    this.redis?.close();
  }
}
