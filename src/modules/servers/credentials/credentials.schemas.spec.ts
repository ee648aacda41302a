import { describe, expect, it } from 'vitest';
import { GivenCredential } from './credentials.schemas.js';
import { credentialOf } from './given-credential.js';

const header = (name: string, value = 'v'): unknown => ({ kind: 'header', name, value });
const basic = (username: string, password: string): unknown => ({ kind: 'basic', username, password });

describe('GivenCredential', () => {
  it.each([
    { kind: 'bearer', token: 'eyJhbGciOi.e30.x-_~+/==' },
    basic('', 'p'),
    basic('jörg', 'with: colon and ümlaut'),
    header('X-Api-Key', 'a b\tc'),
    header('Authorization', 'ApiKey abc'),
    header('traceparent'),
  ])('takes %j', (given) => {
    expect(GivenCredential.safeParse(given).success).toBe(true);
  });

  it.each([
    {},
    { kind: 'password' },
    { kind: 'bearer' },
    { kind: 'bearer', token: '' },
    { kind: 'bearer', token: 'a b' },
    { kind: 'bearer', token: 'a\r\nx: y' },
    { kind: 'bearer', token: 'é' },
    { kind: 'bearer', token: 't', extra: 1 },
    { kind: 'bearer', token: 'x'.repeat(8001) },
    basic('a:b', 'p'),
    basic('a', 'p\n'),
    basic('a\u0000', 'p'),
    header('x-key', 'a\r\nb: c'),
    header('x-key', 'a\nb'),
    header('x-key', 'a\u0000b'),
    header('x-key', ' a'),
    header('x-key', 'a '),
    header('x-key', ''),
    header('x key'),
    header(''),
    header('x:key'),
    header('Host'),
    header('CONNECTION'),
    header('Transfer-Encoding'),
    header('te'),
    header('Upgrade'),
    header('Content-Type'),
    header('content-length'),
    header('Proxy-Authorization'),
    header('Mcp-Session-Id'),
    header('MCP-Protocol-Version'),
    header('Cookie'),
    header('Accept'),
    header('X-Forwarded-For'),
    header('Last-Event-ID'),
  ])('refuses %j', (given) => {
    expect(GivenCredential.safeParse(given).success).toBe(false);
  });

  it('repeats no secret in what it says', () => {
    const secret = 'hunter2 hunter2';
    const attempts = [{ kind: 'bearer', token: secret }, basic('a:b', `${secret}\n`), header('x', `${secret}\n`)];
    for (const given of attempts) {
      expect(JSON.stringify(GivenCredential.safeParse(given).error)).not.toContain('hunter2');
    }
  });

  it('knows a kind that is not there yet', () => {
    const given = GivenCredential.parse({ kind: 'oauth_client_credentials', clientId: 'c', clientSecret: 's' });
    expect(() => credentialOf(given)).toThrow(
      expect.objectContaining({ kind: 'unprocessable', code: 'servers.unsupported_credential' }),
    );
  });
});
