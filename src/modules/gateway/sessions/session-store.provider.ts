import type { Provider } from '@nestjs/common';
import { Secrets } from '../../../config/secrets.js';
import { Clock } from '../../../kernel/clock.js';
import { RedisClient, RedisSubscriber } from '../../cache/index.js';
import { REPLICA_ID } from '../replicas/replica-id.js';
import { MemorySessionStore } from './memory-session-store.js';
import { RedisSessionStore } from './redis-session-store.js';
import { SessionCodec } from './session-codec.js';
import { SESSION_CHANNEL } from './session-keys.js';
import { SESSION_LIMITS, type SessionLimits } from './session-limits.js';
import { SessionRecords } from './session-records.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';

/** In memory, or shared by all replicas where there is a Redis. */
export const sessionStoreProvider: Provider = {
  provide: SESSION_STORE,
  inject: [
    Clock,
    Secrets,
    REPLICA_ID,
    { token: RedisClient, optional: true },
    { token: RedisSubscriber, optional: true },
  ],
  useFactory: (
    clock: Clock,
    secrets: Secrets,
    replica: string,
    redis?: RedisClient,
    subscriber?: RedisSubscriber,
  ): SessionStore =>
    redis && subscriber
      ? sharedSessionStore({ clock, secrets, replica, redis, subscriber })
      : new MemorySessionStore(clock),
};

export interface SharedSessionStoreOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly replica: string;
  readonly redis: RedisClient;
  readonly subscriber: RedisSubscriber;
  readonly limits?: Partial<SessionLimits>;
}

/** The store over Redis, with its ears open. */
export function sharedSessionStore(options: SharedSessionStoreOptions): RedisSessionStore {
  const { clock, secrets, replica, redis, subscriber } = options;
  const limits = { ...SESSION_LIMITS, ...options.limits };
  const records = new SessionRecords(redis, new SessionCodec(secrets), replica, limits.idleMs);
  const store = new RedisSessionStore({ clock, records, limits, replica, isRedisReady: () => redis.isReady });
  subscriber.subscribe(SESSION_CHANNEL, (message) => {
    const [from, id] = message.toString().split(' ');
    if (from !== replica && id !== undefined) void store.heard(id);
  });
  subscriber.onListening(() => {
    store.believeNone();
  });
  redis.onBack(() => void store.redisBack());
  return store;
}
