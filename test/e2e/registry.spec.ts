import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { type EverythingUpstream, startEverything } from '../support/upstreams/everything.js';

describe('the registry, with the real server-everything', () => {
  let app: TestApp;
  let everything: EverythingUpstream;

  beforeAll(async () => {
    [app, everything] = await Promise.all([startTestApp(), startEverything('streamableHttp')]);
  });
  afterAll(async () => {
    await Promise.all([app.close(), everything.close()]);
  });

  it('registers it, reads its lists and shows them', async () => {
    const registered = await app.request('POST', '/api/v1/servers', {
      name: 'everything',
      endpointUrl: everything.url,
      tags: ['demo'],
    });
    expect(registered.status).toBe(201);
    expect(registered.body).toMatchObject({
      name: 'everything',
      alias: 'everything',
      status: 'healthy',
      isLatest: true,
    });
    expect(registered.body.sync.tools.added).toBeGreaterThan(5);

    const { id } = registered.body;
    const tools = await app.request('GET', `/api/v1/servers/${id}/tools?limit=100`);
    expect(tools.body.items.map((tool: { name: string }) => tool.name)).toContain('echo');
    const again = await app.request('POST', '/api/v1/servers', { name: 'Everything', endpointUrl: everything.url });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('servers.already_registered');
  });
});
