import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.js';

const root = path.join(import.meta.dirname, '../..');
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mrg-env-'));
  file = path.join(folder, '.env');
});
afterEach(() => rm(folder, { recursive: true }));

async function written(): Promise<Record<string, string>> {
  execFileSync(process.execPath, [path.join(root, 'scripts/env.mjs'), file]);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
}

describe('npm run env and docker-compose.yml', () => {
  it('make a configuration that the service takes: keys, behind a network', async () => {
    const compose = parse(await readFile(path.join(root, 'docker-compose.yml'), 'utf8'));
    const config = readConfig({ ...(await written()), ...compose.services.app.environment });
    expect(config).toMatchObject({ auth: { mode: 'keys' }, http: { host: '0.0.0.0' } });
    expect(config.auth.bootstrapAdminKey).toMatch(/^mrg_/);
    expect(config.egress.allow).toEqual([compose.networks.default.ipam.config[0].subnet]);
    const graceSeconds = Number.parseInt(compose.services.app.stop_grace_period, 10);
    expect(graceSeconds).toBeGreaterThan(config.shutdown.delaySeconds + config.shutdown.timeoutSeconds + 5);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('keep the secrets that are there', async () => {
    await writeFile(file, `SECRETS_KEY=${'s'.repeat(32)}`);
    const first = await written();
    expect(first['SECRETS_KEY']).toBe('s'.repeat(32));
    expect(await written()).toEqual(first);
  });

  it('refuse to start without them', async () => {
    const compose = parse(await readFile(path.join(root, 'docker-compose.yml'), 'utf8'));
    expect(() => readConfig(compose.services.app.environment)).toThrow(/SECRETS_KEY: required/);
  });
});
