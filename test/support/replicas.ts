import { requestsTo, type TestApp } from './app.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { type HarmedRedis, startHarmedRedis } from './redis-server.js';
import { type RoundRobinProxy, startRoundRobinProxy } from './round-robin-proxy.js';
import { type ServiceProcess, startService } from './service-process.js';

/** Two of the built service as processes, on one database and one Redis of their own, behind a load balancer. */
export interface Replicas {
  readonly proxy: RoundRobinProxy;
  readonly redis: HarmedRedis;
  readonly services: ServiceProcess[];
  /** To one of them. */
  on(index: number): Pick<TestApp, 'request'>;
  /** Ends one with a signal and starts another in its place. */
  restart(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  close(): Promise<void>;
}

export async function startReplicas(environment: NodeJS.ProcessEnv = {}): Promise<Replicas> {
  const [database, redis] = await Promise.all([createTestDatabase(), startHarmedRedis()]);
  const start = async (): Promise<ServiceProcess> => {
    const service = await startService(environmentOf(database, redis, environment));
    await service.ready();
    return service;
  };
  const services = await Promise.all([start(), start()]);
  const proxy = await startRoundRobinProxy(services.map(({ url }) => url));
  const at = (index: number): ServiceProcess => {
    const service = services[index];
    if (!service) throw new Error(`there is no replica ${String(index)}`);
    return service;
  };
  return {
    proxy,
    redis,
    services,
    on: (index) => ({ request: requestsTo(at(index).url) }),
    restart: async (index, signal) => {
      const old = at(index);
      proxy.balance(services.filter((service) => service !== old).map(({ url }) => url));
      old.process.kill(signal);
      const [fresh] = await Promise.all([start(), old.ended()]);
      services[index] = fresh;
      proxy.balance(services.map(({ url }) => url));
    },
    close: async () => {
      await proxy.close();
      for (const service of services) service.process.kill('SIGKILL');
      await Promise.all(services.map((service) => service.ended()));
      await redis.close();
      await database.close();
    },
  };
}

function environmentOf({ urls }: TestDatabase, redis: HarmedRedis, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: urls.url,
    DATABASE_OWNER_URL: urls.ownerUrl,
    DATABASE_POOL_SIZE: '5',
    DATABASE_POOL_OVERFLOW: '5',
    REDIS_URL: redis.url,
    SECRETS_KEY: 'one key for all of the replicas here',
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY_S: '1',
    SHUTDOWN_TIMEOUT_S: '10',
    ...environment,
  };
}
