import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/app-error.js';
import { parseEndpoint, portOf } from './endpoint-url.js';

function refusal(text: string): AppError {
  try {
    parseEndpoint(text);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was not refused');
}

describe('parseEndpoint', () => {
  it.each([
    ['http://host.example/mcp', 'http://host.example/mcp', 80],
    ['HTTPS://Host.Example', 'https://host.example/', 443],
    ['http://host.example:8080/a?b=c%20d', 'http://host.example:8080/a?b=c%20d', 8080],
    ['http://localhost./mcp', 'http://localhost./mcp', 80],
    ['http://[::FFFF:127.0.0.1]:3000/', 'http://[::ffff:7f00:1]:3000/', 3000],
    ['http://host.example/a@b', 'http://host.example/a@b', 80],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/', 443],
  ])('%s', (text, href, port) => {
    const url = parseEndpoint(text);
    expect(url.href).toBe(href);
    expect(portOf(url)).toBe(port);
  });

  it.each([
    ['', 'begin with'],
    ['host.example', 'begin with'],
    ['ftp://host.example/', 'begin with'],
    ['file:///etc/passwd', 'begin with'],
    ['javascript:alert(1)', 'begin with'],
    ['//host.example/', 'begin with'],
    ['http:host.example', 'begin with'],
    ['http:\\\\host.example', 'begin with'],
    ['ws://host.example/', 'begin with'],
    ['http://user:secret@host.example/', 'user name'],
    ['http://user@host.example/', 'user name'],
    ['http://@host.example/', 'user name'],
    ['http://8.8.8.8:80@127.0.0.1/', 'user name'],
    ['http://host.example/#part', 'fragment'],
    ['http://host.example/#', 'fragment'],
    [' http://host.example/', 'control'],
    ['http://host.example/\n', 'control'],
    ['http://ho\tst.example/', 'control'],
    ['http://host.example/\0', 'control'],
    ['http://host.example/a b', 'control'],
    ['http://host.example/\u0085', 'control'],
    ['http://', 'host'],
    ['http://./', 'host'],
    ['http://256.256.256.256/', 'host'],
    ['http://[::1/', 'host'],
    ['http://[fe80::1%25eth0]/', 'host'],
    ['http://host.example:99999/', 'host'],
    ['http://host.example:0/', 'port 0'],
    ['http://ho%00st/', 'host'],
    [`http://host.example/${'a'.repeat(2048)}`, '2048'],
    [`http://host.example/${'é'.repeat(1000)}`, '2048'],
  ])('refuses %j: %s', (text, reason) => {
    const error = refusal(text);
    expect(error).toMatchObject({ kind: 'unprocessable', code: 'egress.invalid_url' });
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('secret');
  });
});
