import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecrets, Secrets } from './secrets.js';

const OLD = 'the old root key, of 32 characters or more';
const NEW = 'the new root key, of 32 characters or more';

describe('Secrets', () => {
  it('derives another key for each purpose and each root, and the same ones again', () => {
    const secrets = new Secrets([OLD, NEW]);
    const keys = [...secrets.derive('one'), ...secrets.derive('two')].map((key) => key.toString('hex'));
    expect(new Set(keys).size).toBe(4);
    expect(keys.every((key) => key.length === 64)).toBe(true);
    expect(new Secrets([OLD]).derive('one')[0]?.toString('hex')).toBe(keys[0]);
  });

  it('names each root by a fingerprint that is no key', () => {
    const secrets = new Secrets([NEW, OLD]);
    const [first, second] = secrets.fingerprints();
    expect([first, second]).toEqual([expect.stringMatching(/^[\da-f]{32}$/), expect.stringMatching(/^[\da-f]{32}$/)]);
    expect(new Secrets([OLD]).fingerprints()).toEqual([second]);
    for (const purpose of ['fingerprint', 'one']) {
      expect(secrets.derive(purpose).map((key) => key.toString('hex').slice(0, 32))).not.toContain(first);
    }
  });

  it('gives keys with the fingerprint of their root', () => {
    const secrets = new Secrets([NEW, OLD]);
    expect(secrets.keysFor('one').map(({ id }) => id)).toEqual(secrets.fingerprints());
    expect(secrets.keysFor('one').map(({ key }) => key)).toEqual(secrets.derive('one'));
  });
});

describe('loadSecrets without SECRETS_KEY', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'mrg-secrets-'))));
  afterEach(() => {
    rmSync(dataDir, { recursive: true });
  });
  const load = (): string[] => loadSecrets({ secretsKeys: [], dataDir }).fingerprints();

  it('makes one key, readable for its owner alone, and finds it again', () => {
    expect(load()).toEqual(load());
    expect(readdirSync(dataDir)).toEqual(['secrets-key']);
    expect(statSync(path.join(dataDir, 'secrets-key')).mode & 0o777).toBe(0o600);
  });

  it('refuses half a key', () => {
    writeFileSync(path.join(dataDir, 'secrets-key'), 'abc');
    expect(load).toThrow(/no whole key/);
  });
});
