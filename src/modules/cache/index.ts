export { CacheModule } from './cache.module.js';
export { type CachePolicy, CacheService } from './cache.service.js';
export { RedisClient } from './redis-client.js';
