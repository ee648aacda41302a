import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startTestApp, type TestApp, type TestResponse } from '../support/app.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';

const JSON_AND_EVENTS = { accept: 'application/json, text/event-stream' };
let redis: HarmedRedis;
let one: TestApp;
let other: TestApp;

function initialize(app: TestApp): Promise<TestResponse> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return app.request('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'initialize', params }, JSON_AND_EVENTS);
}

function ping(app: TestApp, session: string): Promise<TestResponse> {
  const headers = { ...JSON_AND_EVENTS, 'mcp-session-id': session };
  return app.request('POST', '/mcp', { jsonrpc: '2.0', id: 2, method: 'ping' }, headers);
}

async function opened(app: TestApp): Promise<string> {
  return (await initialize(app)).headers.get('mcp-session-id') ?? '';
}

async function cacheIs(status: string): Promise<void> {
  await eventually(async () => {
    for (const app of [one, other]) {
      const { body } = await app.request('GET', '/health');
      expect(body.components.cache.status).toBe(status);
    }
  });
}

describe.skipIf(!canStartRedis())('Two replicas with one Redis', () => {
  beforeAll(async () => {
    redis = await startHarmedRedis();
    const environment = { REDIS_URL: redis.url };
    one = await startTestApp({ environment });
    other = await startTestApp({ environment, urls: one.urls });
    await cacheIs('healthy');
  });
  afterAll(async () => {
    await other.close();
    await one.close();
    await redis.close();
  });

  it('share a session, and its end', async () => {
    const session = await opened(one);
    for (const app of [other, one]) expect((await ping(app, session)).status).toBe(200);
    const deleted = await other.request('DELETE', '/mcp', undefined, { 'mcp-session-id': session });
    expect(deleted.status).toBe(200);
    await eventually(async () => {
      expect((await ping(one, session)).status).toBe(404);
    }, 1000);
  });

  it('go on with what they know when Redis is away, and say 503 to what they do not', async () => {
    const [known, unseen] = [await opened(one), await opened(one)];
    await redis.kill();
    await cacheIs('degraded');
    expect((await ping(one, known)).status).toBe(200);
    const refused = await ping(other, unseen);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(refused.body.error.data).toMatchObject({ code: 'gateway.sessions_unavailable' });
    const alone = await opened(other);
    expect((await ping(other, alone)).status).toBe(200);
    await redis.restart();
    await cacheIs('healthy');
    await eventually(async () => {
      expect((await ping(other, unseen)).status).toBe(200);
      expect((await ping(one, alone)).status).toBe(200);
    });
  });
});
