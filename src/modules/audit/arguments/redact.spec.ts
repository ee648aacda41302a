import { describe, expect, it } from 'vitest';
import { REDACTED, redactArguments } from './redact.js';

const redact = (value: unknown): unknown => redactArguments(Buffer.from(JSON.stringify(value)));

describe('redactArguments', () => {
  it.each([
    'password',
    'userPassword',
    'passwd',
    'secret',
    'client_secret',
    'token',
    'access_token',
    'accessToken',
    'key',
    'apiKey',
    'api_key',
    'X-API-Key',
    'authorization',
    'Authorization',
    'credentials',
    'cookie',
  ])('hides the member %s, at any depth', (name) => {
    expect(redact({ [name]: 'x', a: [{ [name]: { b: 1 } }] })).toEqual({ [name]: REDACTED, a: [{ [name]: REDACTED }] });
  });

  it.each([
    ['a JWT', 'see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
    ['a bearer token', 'Bearer abcdef'],
    ['a vendor key', 'sk-abcdefghijklmnop1234'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE'],
    ['a card number', 'pay with 4111 1111 1111 1111'],
    ['a card number as a number', 4111111111111111],
  ])('hides %s', (_what, value) => {
    expect(redact({ text: value })).toEqual({ text: REDACTED });
  });

  it.each([
    ['plain text', 'find parking near the key bridge'],
    ['a long number that is no card', '4111111111111112'],
    ['a number', 12.5],
    ['a date', '2026-11-27T07:00:00.000Z'],
    ['nothing', null],
  ])('shows %s', (_what, value) => {
    expect(redact({ text: value, monkey: 1 })).toEqual({ text: value, monkey: 1 });
  });

  it('bounds texts, lists, members, depth and the whole', () => {
    expect(redact('a'.repeat(501))).toBe(`${'a'.repeat(500)}[truncated]`);
    expect(redact(Array.from({ length: 51 }, () => 1))).toHaveLength(51);
    expect(JSON.stringify(redact(JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`)))).toBe(
      `${'['.repeat(8)}"[truncated]"${']'.repeat(8)}`,
    );
    expect(redact(Array.from({ length: 50 }, () => 'a'.repeat(400)))).toBe('[truncated]');
  });

  it('keeps nothing that PostgreSQL refuses', () => {
    expect(redactArguments(Buffer.from('{"a":"x\\u0000y","\\u0000":"\\ud800"}'))).toEqual({
      a: 'x\uFFFDy',
      '\uFFFD': '\uFFFD',
    });
  });

  it('leaves out what is no JSON', () => {
    expect(redactArguments(Buffer.from('{'))).toBeNull();
  });
});
