import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';
import { masked } from './mask.js';

function mistakesOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('needs nothing', () => {
    const config = readConfig({});
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8000 });
    expect(config.database).toMatchObject({ url: undefined, poolSize: 20, poolOverflow: 10, migrationsRun: true });
    expect(config.auth.mode).toBe('local');
  });

  it('lists every mistake at once, each with its variable', () => {
    const mistakes = mistakesOf({
      PORT: 'eighty',
      DATABASE_URL: 'mysql://x',
      MIGRATIONS_RUN: 'yes',
      SECRETS_KEY: 'short',
    });
    expect(mistakes.map((mistake) => mistake.split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'MIGRATIONS_RUN',
      'SECRETS_KEY',
    ]);
  });

  it.each([
    ['a host that is not loopback in local mode', { HOST: '192.0.2.1' }, /^HOST: .*loopback/],
    ['an open host without a public URL', { HOST: '0.0.0.0' }, /^PUBLIC_URL: required/],
    ['a port out of range', { PORT: '70000' }, /^PORT: must be between 0 and 65535/],
    [
      'an owner without a database',
      { DATABASE_OWNER_URL: 'postgres://o@h/d' },
      /^DATABASE_OWNER_URL: needs DATABASE_URL/,
    ],
    [
      'replicas without a database',
      { DATABASE_READ_URLS: 'postgres://o@h/d' },
      /^DATABASE_READ_URLS: needs DATABASE_URL/,
    ],
    ['an unknown mode', { AUTH_MODE: 'none' }, /^AUTH_MODE: must be local, keys or entra/],
  ])('refuses %s', (_name, environment, expected) => {
    expect(mistakesOf(environment).some((mistake) => expected.test(mistake))).toBe(true);
  });

  it('takes an empty variable for one that was not given', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: '' }).http.port).toBe(8000);
  });

  it('splits lists and drops what is empty', () => {
    expect(readConfig({ EGRESS_DENY: ' 10.0.0.0/8, ,example.org ' }).egress.deny).toEqual([
      '10.0.0.0/8',
      'example.org',
    ]);
  });

  it('is frozen, all the way down', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config) && Object.isFrozen(config.database) && Object.isFrozen(config.egress.deny)).toBe(
      true,
    );
  });
});

describe('masked', () => {
  it('shows no secret', () => {
    const secret = 'hunter2hunter2hunter2hunter2hunter2';
    const text = JSON.stringify(
      masked(
        readConfig({
          DATABASE_URL: `postgres://app:${secret}@db.example/mreg`,
          DATABASE_READ_URLS: `postgres://app@db2.example/mreg?password=${secret}`,
          REDIS_URL: `redis://:${secret}@cache.example:6379`,
          SECRETS_KEY: `${secret},${secret}`,
          METRICS_TOKEN: secret,
        }),
      ),
    );
    expect(text).not.toContain(secret);
    expect(text).toContain('db.example');
  });
});
