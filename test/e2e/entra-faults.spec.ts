import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  CLIENT_ID,
  type Condition,
  type IdentityProvider,
  startIdentityProvider,
  TENANT_ID,
} from '../support/identity-provider/identity-provider.js';
import { bearer } from '../support/keys.js';
import { SettableClock } from '../support/settable-clock.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BAD: readonly Condition[] = ['gone', 'html 503', 'json 503', 'empty', 'no keys', 'silent'];

async function start(directory: IdentityProvider, clock: SettableClock): Promise<TestApp> {
  return startTestApp({
    clock,
    ca: directory.ca,
    environment: {
      AZURE_TENANT_ID: TENANT_ID,
      AZURE_CLIENT_ID: CLIENT_ID,
      AZURE_AUTHORITY: directory.authority,
      SECRETS_KEY: 'k'.repeat(32),
      ALLOWED_HOSTS: '127.0.0.1',
      EGRESS_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: 'error',
    },
  });
}

describe('a directory in trouble', () => {
  const clock = new SettableClock();
  let directory: IdentityProvider;
  let app: TestApp;
  beforeAll(async () => {
    directory = await startIdentityProvider();
    app = await start(directory, clock);
  });
  afterAll(async () => {
    await app.close();
    await directory.close();
  });
  const status = async (token: string): Promise<number> =>
    (await app.request('GET', '/api/v1/auth/me', undefined, bearer(token))).status;
  const token = (): string => directory.token();
  /** The keys are read in the background while those before them are good enough. */
  const refreshed = async (): Promise<void> => {
    await expect
      .poll(
        async () => {
          // A request that is still without an answer fails first, and rests.
          clock.advance(6000);
          const { body } = await app.request('GET', '/api/v1/monitoring/auth', undefined, bearer(token()));
          return new Date(body.keySet.expiresAt).getTime() > clock.nowMs();
        },
        { timeout: 10_000, interval: 100 },
      )
      .toBe(true);
  };

  it.each(BAD)('that is %s from the first is no fault of the caller, and is asked again soon', async (condition) => {
    clock.advance(25 * HOUR_MS);
    directory.condition = condition;
    const before = directory.fetches();
    const refused = await app.request('GET', '/api/v1/auth/me', undefined, bearer(token()));
    expect(refused).toMatchObject({ status: 503, body: { code: 'auth.keys_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    // Not for each request.
    expect(await status(token())).toBe(503);
    expect(directory.fetches() - before).toBeLessThanOrEqual(2);
    directory.condition = 'well';
    clock.advance(6000);
    expect(await status(token())).toBe(200);
    expect((await app.request('GET', '/health/live')).status).toBe(200);
  });

  it.each(BAD)('that becomes %s leaves what is known good for a day', async (condition) => {
    const known = token();
    expect(await status(known)).toBe(200);
    directory.condition = condition;
    // Cached no longer, and the keys are due.
    clock.advance(2 * HOUR_MS);
    expect([await status(known), await status(token())]).toEqual([200, 200]);
    clock.advance(20 * HOUR_MS);
    expect(await status(token())).toBe(200);
    directory.condition = 'well';
    clock.advance(6000);
    expect(await status(token())).toBe(200);
    await refreshed();
  });

  it('is asked once in five minutes for keys that nobody knows', async () => {
    clock.advance(6 * MINUTE_MS);
    const before = directory.fetches();
    const flood = Array.from({ length: 1000 }, () => status(directory.token({}, { header: { kid: randomUUID() } })));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]));
    expect(directory.fetches() - before).toBe(1);
    // A key that is new meanwhile has to wait for its turn.
    directory.roll(true);
    const fresh = token();
    expect(await status(fresh)).toBe(401);
    clock.advance(6 * MINUTE_MS);
    expect(await status(fresh)).toBe(200);
  });

  it('is read once for all who come together', async () => {
    clock.advance(25 * HOUR_MS);
    const before = directory.fetches();
    const all = await Promise.all(Array.from({ length: 50 }, () => status(token())));
    expect(new Set(all)).toEqual(new Set([200]));
    expect(directory.fetches() - before).toBe(1);
  });

  it('whose keys were rolled at once takes no token of the old ones', async () => {
    const old = token();
    directory.roll(false);
    clock.advance(6 * MINUTE_MS);
    expect(await status(token())).toBe(200);
    expect(await status(old)).toBe(401);
  });
});
