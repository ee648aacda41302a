import { describe, expect, it } from 'vitest';
import { type Credential, headersOf } from './credential.js';
import { type KnownHeaders, headersTo } from './known-headers.js';

describe('headersOf', () => {
  it.each<[Credential, Record<string, string>]>([
    [{ kind: 'bearer', token: 'abc' }, { authorization: 'Bearer abc' }],
    // RFC 7617, sections 2 and 2.1.
    [
      { kind: 'basic', username: 'Aladdin', password: 'open sesame' },
      { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    ],
    [{ kind: 'basic', username: 'test', password: '123£' }, { authorization: 'Basic dGVzdDoxMjPCow==' }],
    [{ kind: 'header', name: 'X-Api-Key', value: 'k' }, { 'x-api-key': 'k' }],
  ])('%j', (credential, headers) => {
    expect(headersOf(credential)).toEqual(headers);
  });
});

describe('headersTo', () => {
  const headers = { authorization: 'Bearer abc' };
  const given: KnownHeaders = { state: 'given', origin: 'https://a.example', headers };
  const unreadable: KnownHeaders = { state: 'unreadable', origin: 'https://a.example', why: 'of a reason' };

  it.each<[known: KnownHeaders, url: string, expected: unknown]>([
    [given, 'https://a.example/mcp', headers],
    [given, 'https://a.example/', headers],
    [given, 'http://a.example/mcp', undefined],
    [given, 'https://a.example:8443/mcp', undefined],
    [given, 'https://a.example.evil.test/mcp', undefined],
    [given, 'https://b.example/https://a.example/', undefined],
    [{ state: 'none' }, 'https://a.example/mcp', undefined],
    [unreadable, 'https://b.example/mcp', undefined],
  ])('%j to %s', (known, url, expected) => {
    expect(headersTo(known, url)).toBe(expected);
  });

  it('says that it cannot read them, where they would have to go', () => {
    expect(() => headersTo(unreadable, 'https://a.example/mcp')).toThrow(
      expect.objectContaining({
        code: 'servers.credentials_unreadable',
        message: expect.stringContaining('of a reason'),
      }),
    );
  });
});
