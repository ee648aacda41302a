import { afterEach, describe, expect, it } from 'vitest';
import { RedisClient, RedisScript, RedisSubscriber } from '../../src/modules/cache/index.js';
import { eventually } from '../support/eventually.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function setUp(): Promise<{ redis: HarmedRedis; client: RedisClient; subscriber: RedisSubscriber }> {
  const redis = await startHarmedRedis();
  const client = new RedisClient(redis.url);
  const subscriber = new RedisSubscriber(redis.url);
  closing.push(
    () => redis.close(),
    () => {
      client.close();
    },
    () => {
      subscriber.close();
    },
  );
  client.connect();
  subscriber.connect();
  await eventually(() => {
    expect(client.isReady).toBe(true);
  });
  return { redis, client, subscriber };
}

function set(client: RedisClient, key: string): Promise<unknown> {
  return client.within((commands) => commands.set(key, 'x'));
}

describe.skipIf(!canStartRedis())('Redis', () => {
  it('is left alone after three late answers in a row, and used again when it answers', async () => {
    const { redis, client } = await setUp();
    const back: string[] = [];
    client.onBack(() => back.push('back'));
    redis.freeze();
    for (let n = 0; n < 3; n += 1) expect(await set(client, `late ${String(n)}`)).toBeUndefined();
    expect(client.isReady).toBe(false);
    let asked = 0;
    for (let n = 0; n < 2000; n += 1) {
      expect(await client.within(() => Promise.resolve((asked += 1)))).toBeUndefined();
    }
    expect(asked).toBe(0);
    redis.thaw();
    await eventually(() => {
      expect(client.isReady).toBe(true);
    });
    expect(back).toEqual(['back']);
    expect(await set(client, 'again')).toBe('OK');
  });

  it('hears binary messages, and again after a restart, and counts who hears', async () => {
    const { redis, client, subscriber } = await setUp();
    const heard: Buffer[] = [];
    const listening: string[] = [];
    subscriber.onListening(() => listening.push('listening'));
    subscriber.subscribe('test:a', (message) => heard.push(message));
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await eventually(async () => {
      expect(await client.publish('test:a', bytes)).toBe(1);
    });
    await redis.kill();
    await eventually(() => {
      expect(client.isReady).toBe(false);
    });
    expect(await client.publish('test:a', bytes)).toBeUndefined();
    await redis.restart();
    await eventually(async () => {
      expect(await client.publish('test:a', bytes)).toBe(1);
    });
    await eventually(() => {
      expect(heard).toEqual([bytes, bytes]);
    });
    expect(listening.length).toBeGreaterThan(0);
    expect(await client.publish('test:b', bytes)).toBe(0);
    await subscriber.unsubscribe('test:a');
    expect(await client.publish('test:a', bytes)).toBe(0);
  });

  it('loads a script that Redis does not know (any more), and says when one is refused', async () => {
    const { redis, client } = await setUp();
    const echo = new RedisScript('return {KEYS[1], ARGV[1]}');
    expect(await client.run(echo, ['k'], ['v'])).toEqual(['k', 'v']);
    await redis.kill();
    await redis.restart();
    await eventually(async () => {
      expect(await client.run(echo, ['k'], ['v'])).toEqual(['k', 'v']);
    });
    expect(await client.run(new RedisScript('return redis.call("NONSENSE")'), [], [])).toBeUndefined();
    expect(client.isReady).toBe(true);
  });
});
