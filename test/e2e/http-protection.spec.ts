import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { rawRequest } from '../support/raw-request.js';
import { expectProblem, SERVERS } from '../support/registry.js';

const PAGE = 'https://app.example.com';
const PROBES = ['/health', '/health/live', '/health/ready'];

let local: TestApp;
let open: TestApp;

beforeAll(async () => {
  [local, open] = await Promise.all([
    startTestApp(),
    startTestApp({
      environment: {
        PUBLIC_URL: 'https://gateway.example.com/base',
        ALLOWED_HOSTS: 'internal.example.com,other.example.com:8443',
        CORS_ORIGINS: PAGE,
        METRICS_TOKEN: 'a-token-of-metrics-only',
      },
    }),
  ]);
});
afterAll(() => Promise.all([local.close(), open.close()]));

const get = (app: TestApp, path: string, headers: Record<string, string>) => rawRequest(app.url, { path, headers });

describe('the Host header', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', 'localhost:1234', 'LOCALHOST'])(
    '%s is ours in local mode',
    async (host) => {
      expect((await get(local, SERVERS, { host })).status).toBe(200);
    },
  );

  it.each([
    'evil.example.com',
    'localhost.evil.example.com',
    'localhost@evil.example.com',
    'evil.example.com#localhost',
    '127.0.0.1.nip.io',
    '0.0.0.0',
  ])('%j is not', async (host) => {
    for (const path of [SERVERS, '/mcp', '/docs-json', '/nothing', '/metrics']) {
      expectProblem(await get(local, path, { host }), [400, 403]);
    }
    for (const path of PROBES) expect((await get(local, path, { host })).status).not.toBe(403);
  });

  it.each(['gateway.example.com', 'internal.example.com', 'Internal.Example.com:99', 'other.example.com:8443'])(
    '%s is ours when it is configured',
    async (host) => {
      expect((await get(open, SERVERS, { host })).status).toBe(200);
    },
  );

  it.each(['other.example.com', 'gateway.example.com:81', 'x.internal.example.com'])('%s is not', async (host) => {
    expectProblem(await get(open, SERVERS, { host }), 403, 'request.host_refused');
  });
});

describe('the Origin header', () => {
  it.each(['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:9'])(
    '%s is ours in local mode',
    async (origin) => {
      expect((await get(local, SERVERS, { origin })).status).toBe(200);
    },
  );

  it.each([PAGE, 'null', 'file://', 'http://localhost.evil.example.com', 'chrome-extension://abc', 'nonsense'])(
    '%s is not',
    async (origin) => {
      expectProblem(await get(local, SERVERS, { origin }), 403, 'request.origin_refused');
      expect((await get(local, '/health/live', { origin })).status).toBe(200);
    },
  );
});

describe('a request that came through a proxy', () => {
  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'X-Forwarded-Anything'])(
    'with %s is refused in local mode',
    async (name) => {
      expectProblem(await get(local, SERVERS, { [name]: 'for=10.0.0.1' }), 403, 'auth.proxied');
      expect((await get(local, '/health/ready', { [name]: 'for=10.0.0.1' })).status).toBe(200);
    },
  );
});

describe('CORS', () => {
  it('is off by default', async () => {
    for (const origin of [PAGE, 'http://localhost:3000']) {
      const answers = [await preflight(local, origin), await get(local, SERVERS, { origin })];
      for (const { headers } of answers) expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is on for configured origins, and for these only', async () => {
    const allowed = await preflight(open, PAGE);
    expect(allowed.status).toBeLessThan(300);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PATCH');
    const read = await get(open, SERVERS, { origin: PAGE });
    expect(read.status).toBe(200);
    expect(read.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(read.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(read.headers.get('vary')).toMatch(/origin/i);
    const foreign = 'https://app.example.com.evil.org';
    for (const { status, headers } of [await preflight(open, foreign), await get(open, SERVERS, { origin: foreign })]) {
      expect(status === 403 || headers.get('access-control-allow-origin') !== foreign).toBe(true);
    }
  });
});

describe('security headers', () => {
  it.each([SERVERS, `${SERVERS}/42`, '/nothing', '/docs', '/health/live'])('on %s', async (path) => {
    const { headers } = await local.request('GET', path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('say https where the public URL does', async () => {
    const { headers } = await open.request('GET', SERVERS);
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('content-security-policy')).toContain('upgrade-insecure-requests');
  });
});

describe('metrics', () => {
  it.each([
    ['no token', {}, 404],
    ['another token', { authorization: 'Bearer another-token-of-others' }, 404],
    ['the token', { authorization: 'Bearer a-token-of-metrics-only' }, 200],
    ['the token, for a foreign host', { authorization: 'Bearer a-token-of-metrics-only', host: '10.0.0.7:8000' }, 200],
  ])('%s', async (_what, headers, status) => {
    expect([status, 401]).toContain((await get(open, '/metrics', headers)).status);
  });
});

function preflight(app: TestApp, origin: string) {
  return rawRequest(app.url, {
    method: 'OPTIONS',
    path: SERVERS,
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });
}
