import { describe, expect, it } from 'vitest';
import { Secrets } from '../../../config/secrets.js';
import type { Credential } from './credential.js';
import { CredentialCodec, type SealedCredential, UnreadableCredentialError } from './credential-codec.js';

const OLD = 'the old root key, of 32 characters or more';
const NEW = 'the new root key, of 32 characters or more';
const binding = { serverId: '0198c0de-0000-7000-8000-000000000001', origin: 'https://api.example.com' };
const credential: Credential = { kind: 'bearer', token: 'correct-horse-battery' };

const codec = (...roots: string[]): CredentialCodec => new CredentialCodec(new Secrets(roots).keysFor('test'));

function reasonOf(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (error instanceof UnreadableCredentialError) return error.reason;
    throw error;
  }
  throw new Error('it was opened');
}

const changed = (sealed: SealedCredential, at: number): SealedCredential => {
  const ciphertext = Buffer.from(sealed.ciphertext);
  ciphertext.writeUInt8((ciphertext.at(at) ?? 0) ^ 1, at < 0 ? ciphertext.length + at : at);
  return { ...sealed, ciphertext };
};

describe('CredentialCodec', () => {
  it.each<Credential>([
    credential,
    { kind: 'basic', username: 'jörg', password: 'a:b' },
    { kind: 'header', name: 'X-Api-Key', value: 'k 1' },
  ])('opens what it sealed: $kind', (given) => {
    const sealed = codec(OLD).seal(given, binding);
    expect(codec(OLD).open(sealed, binding)).toEqual(given);
  });

  it('hides it, and seals the same differently each time', () => {
    const [one, two] = [codec(OLD).seal(credential, binding), codec(OLD).seal(credential, binding)];
    expect(one.ciphertext.toString('latin1')).not.toContain(credential.kind === 'bearer' ? credential.token : '');
    expect(one.ciphertext.equals(two.ciphertext)).toBe(false);
    expect(one.ciphertext.subarray(1, 13).equals(two.ciphertext.subarray(1, 13))).toBe(false);
  });

  it('writes with the first key and reads with all', () => {
    const sealed = codec(OLD).seal(credential, binding);
    const both = codec(NEW, OLD);
    expect(both.open(sealed, binding)).toEqual(credential);
    expect(both.keyId).toBe(codec(NEW).keyId);
    expect(codec(NEW).open(both.seal(credential, binding), binding)).toEqual(credential);
  });

  const sealed = codec(OLD).seal(credential, binding);
  it.each<[what: string, open: () => unknown, reason: string]>([
    ['another key', () => codec(NEW).open(sealed, binding), 'unknown_key'],
    ['another key under its name', () => codec(NEW).open({ ...sealed, keyId: codec(NEW).keyId }, binding), 'tampered'],
    ['another server', () => codec(OLD).open(sealed, { ...binding, serverId: 'other' }), 'tampered'],
    ['another origin', () => codec(OLD).open(sealed, { ...binding, origin: 'http://api.example.com' }), 'tampered'],
    ['another format', () => codec(OLD).open(changed(sealed, 0), binding), 'tampered'],
    ['a changed nonce', () => codec(OLD).open(changed(sealed, 1), binding), 'tampered'],
    ['a changed tag', () => codec(OLD).open(changed(sealed, 13), binding), 'tampered'],
    ['a changed text', () => codec(OLD).open(changed(sealed, -1), binding), 'tampered'],
    [
      'a cut text',
      () => codec(OLD).open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, 29) }, binding),
      'tampered',
    ],
    ['nothing', () => codec(OLD).open({ ...sealed, ciphertext: Buffer.alloc(0) }, binding), 'tampered'],
  ])('does not open under or after %s', (_what, open, reason) => {
    expect(reasonOf(open)).toBe(reason);
  });

  it('does not start without a key', () => {
    expect(() => codec()).toThrow('no key');
  });
});
