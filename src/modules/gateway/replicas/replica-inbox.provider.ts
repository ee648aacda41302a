import type { Provider } from '@nestjs/common';
import { Secrets } from '../../../config/secrets.js';
import { RedisClient, RedisSubscriber } from '../../cache/index.js';
import { REPLICA_ID } from './replica-id.js';
import { ReplicaInbox } from './replica-inbox.js';

/** `undefined` without a Redis: then this replica knows of no others. */
export const replicaInboxProvider: Provider = {
  provide: ReplicaInbox,
  inject: [Secrets, REPLICA_ID, { token: RedisClient, optional: true }, { token: RedisSubscriber, optional: true }],
  useFactory: (secrets: Secrets, replica: string, redis?: RedisClient, subscriber?: RedisSubscriber) =>
    redis && subscriber ? new ReplicaInbox(replica, redis, subscriber, secrets) : undefined,
};
