import { describe, expect, it } from 'vitest';
import { AppError } from '../../../kernel/app-error.js';
import { ProbeError, redactor } from './probe-error.js';
import { toProbeError } from './to-probe-error.js';

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe('toProbeError', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      'a refusal deep inside',
      wrapped(new AppError('unprocessable', 'egress.denied', 'not that one')),
      'egress_denied',
      /^not that one$/,
    ],
    ['another error of ours', new AppError('unavailable', 'egress.busy', 'too many'), 'connect_failed', /^too many$/],
    [
      'a refused connection',
      wrapped(withCode('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:9')),
      'connect_failed',
      /ECONNREFUSED/,
    ],
    [
      'both addresses refused',
      wrapped(new AggregateError([withCode('ECONNREFUSED', 'on ::1')], '')),
      'connect_failed',
      /on ::1/,
    ],
    ['a certificate', wrapped(withCode('CERT_HAS_EXPIRED', 'certificate has expired')), 'connect_failed', /expired/],
    ['a reset', wrapped(withCode('ECONNRESET', 'read ECONNRESET')), 'connection_lost', /closed the connection/],
    ['a cut body', new TypeError('terminated'), 'connection_lost', /closed the connection/],
    ['a bad port', wrapped(new Error('bad port')), 'connect_failed', /^No connection to the server\.$/],
    [
      'what is no JSON',
      new SyntaxError('Unexpected token < in secret'),
      'not_mcp',
      /^ping was not answered with JSON-RPC\.$/,
    ],
    ['what is no error', 'oops', 'not_mcp', /not answered/],
  ])('%s', (_what, error, code, message) => {
    expect(toProbeError(error, 'ping')).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('ProbeError', () => {
  it('has one bounded line', () => {
    const { message } = new ProbeError('not_mcp', `a\n\0b\uD800${'x'.repeat(600)}`);
    expect(message).toMatch(/^a b x+…$/);
    expect(message).toHaveLength(499);
  });
});

describe('redactor', () => {
  it.each([
    ['Bearer abcdef', 'got Bearer abcdef', 'got ***'],
    ['Bearer abcdef', 'token abcdef!', 'token ***!'],
    ['short', 'short words stay', 'short words stay'],
  ])('%s', (value, text, expected) => {
    expect(redactor({ authorization: value })(text)).toBe(expected);
  });
});

function wrapped(cause: Error): Error {
  return new TypeError('fetch failed', { cause });
}
