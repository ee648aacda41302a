export { CacheModule } from './cache.module.js';
export { type CachePolicy, CacheService } from './cache.service.js';
export { RedisClient } from './redis-client.js';
export { RedisScript } from './redis-script.js';
export { type MessageListener, RedisSubscriber } from './redis-subscriber.js';
