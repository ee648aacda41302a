import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secrets } from '../../src/config/secrets.js';
import { agreeOnSecretKeys } from '../../src/database/secret-keys.js';
import { HealthJob } from '../../src/modules/servers/health/health-job.js';
import { rotateSecrets } from '../../src/rotate-secrets.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.js';
import { getServer, register, SERVERS } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { bearer, startGuarded } from '../support/upstreams/guarded.js';
import { closeStarted, started } from '../support/upstreams/probing.js';

const OLD = 'the old root key of 32 characters or more';
const NEW = 'the new root key of 32 characters or more';
const THIRD = 'a third key that was typed by somebody else';
const TOKEN = 'tok-correct-horse-battery-staple';

const list = (...keys: string[]): string => keys.join(',');
const secrets = (...keys: string[]): Secrets => new Secrets(keys);
const registerUnprobed = (app: TestApp) =>
  register(app, {
    name: `s-${randomUUID()}`,
    endpointUrl: 'http://127.0.0.1:9/mcp',
    autoDiscover: false,
    credentials: { kind: 'bearer', token: TOKEN },
  });

describe('SECRETS_KEY', () => {
  let database: TestDatabase;
  let sql: Sql;
  beforeEach(async () => {
    database = await createTestDatabase();
    sql = new Sql(database.urls.ownerUrl);
  });
  afterEach(async () => {
    await sql.close();
    await database.close();
    await closeStarted();
  });

  async function running<T>(keys: string, work: (app: TestApp) => Promise<T>): Promise<T> {
    const app = await startTestApp({ urls: database.urls, environment: { SECRETS_KEY: keys } });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }

  const keyIds = async (): Promise<string[]> =>
    (await sql.rows<{ id: string }>('SELECT DISTINCT key_id AS id FROM upstream_credentials')).map(({ id }) => id);
  const fingerprints = async (): Promise<string[]> =>
    (await sql.rows<{ id: string }>('SELECT fingerprint AS id FROM secret_keys')).map(({ id }) => id);

  it('is rotated without losing a credential', async () => {
    const upstream = await started(startGuarded(bearer(TOKEN)));
    const credentials = { kind: 'bearer', token: TOKEN };
    const { id } = await running(list(OLD), (app) => register(app, { endpointUrl: upstream.url, credentials }));
    const probe = (app: TestApp) => app.request('POST', `${SERVERS}/${id}/probe`);
    expect(await keyIds()).toEqual(secrets(OLD).fingerprints());

    await running(list(NEW, OLD), async (app) => {
      expect((await probe(app)).body.status).toBe('healthy');
    });
    expect(await keyIds()).toEqual(secrets(OLD).fingerprints());
    expect((await fingerprints()).toSorted()).toEqual(secrets(OLD, NEW).fingerprints().toSorted());

    const rotate = () => rotateSecrets(database.urls.ownerUrl, secrets(NEW, OLD));
    expect(await rotate()).toEqual({ rotated: 1, current: 0, unreadable: [] });
    expect(await rotate()).toEqual({ rotated: 0, current: 1, unreadable: [] });
    expect(await keyIds()).toEqual(secrets(NEW).fingerprints());
    expect(await fingerprints()).toEqual(secrets(NEW).fingerprints());

    await running(list(NEW), async (app) => {
      expect((await probe(app)).body.status).toBe('healthy');
    });
    await expect(running(list(OLD), () => Promise.resolve())).rejects.toThrow('SECRETS_KEY lists none of the keys');
  });

  it('is refused at start and for a rotation when the database knows none of the list', async () => {
    await running(list(OLD), () => Promise.resolve());
    await running(list(OLD), () => Promise.resolve());
    const wrong = running(list(NEW, THIRD), () => Promise.resolve());
    await expect(wrong).rejects.toThrow(/SECRETS_KEY lists none of the keys.*used before/s);
    await expect(rotateSecrets(database.urls.ownerUrl, secrets(NEW))).rejects.toThrow('SECRETS_KEY lists none');
    expect(await fingerprints()).toEqual(secrets(OLD).fingerprints());
  });

  it('that lost one of its keys leaves those credentials unread, and says so', async () => {
    const upstream = await started(startGuarded(bearer(TOKEN)));
    const credentials = { kind: 'bearer', token: TOKEN };
    const { id } = await running(list(OLD), (app) => register(app, { endpointUrl: upstream.url, credentials }));
    await running(list(NEW, OLD), () => Promise.resolve());
    const asked = upstream.seen.length;
    await running(list(NEW), async (app) => {
      await app.request('POST', `${SERVERS}/${id}/probe`);
      expect(await getServer(app, id)).toMatchObject({
        status: 'degraded',
        lastError: expect.stringContaining('encrypted with a key that SECRETS_KEY does not list'),
      });
      // Storing them again is the way out.
      await app.request('PUT', `${SERVERS}/${id}/credentials`, credentials);
      await app.app.get(HealthJob).runRound();
      expect((await getServer(app, id)).status).toBe('healthy');
    });
    expect(upstream.seen.slice(asked).every((headers) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  it('that cannot read everything is not forgotten by a rotation', async () => {
    const lost = await running(list(OLD), registerUnprobed);
    await running(list(NEW, OLD), registerUnprobed);
    const rotation = await rotateSecrets(database.urls.ownerUrl, secrets(THIRD, NEW));
    expect(rotation).toEqual({ rotated: 1, current: 0, unreadable: [lost.id] });
    expect(await fingerprints()).toHaveLength(3);
    expect(await rotateSecrets(database.urls.ownerUrl, secrets(THIRD, OLD))).toMatchObject({ rotated: 1, current: 1 });
    expect(await fingerprints()).toEqual(secrets(THIRD).fingerprints());
  });
});

describe('replicas that start together', () => {
  it('agree on one key, and the application cannot take it back', async () => {
    const database = await openTestDatabase();
    const { access } = database;
    try {
      const agree = (key: string) =>
        access.transaction('test', (manager) =>
          agreeOnSecretKeys(manager, new Secrets([key]).fingerprints(), new Date()),
        );
      const outcomes = await Promise.allSettled([agree(OLD), agree(NEW), agree(OLD), agree(NEW)]);
      const [row, ...others] = await access.query<{ fingerprint: string }>('SELECT fingerprint FROM secret_keys');
      expect(others).toEqual([]);
      const winner = [OLD, NEW].find((key) => new Secrets([key]).fingerprints()[0] === row?.fingerprint);
      expect(outcomes.map(({ status }) => status)).toEqual(
        [OLD, NEW, OLD, NEW].map((key) => (key === winner ? 'fulfilled' : 'rejected')),
      );
      await expect(access.query('DELETE FROM secret_keys')).rejects.toThrow('permission denied');
      await expect(access.query(`UPDATE secret_keys SET fingerprint = 'x'`)).rejects.toThrow('permission denied');
    } finally {
      await database.close();
    }
  });
});
