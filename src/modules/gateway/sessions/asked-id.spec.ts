import { describe, expect, it } from 'vitest';
import { askedId, readAskedId } from './asked-id.js';

const SERVER = '0198c0de-0000-7000-8000-000000000001';

function made(rawId: string): string {
  return `mrs-${SERVER}-${Buffer.from(rawId).toString('base64url')}`;
}

describe('askedId', () => {
  it.each(['1', '0', '-7', '1e3', '"a"', '""', '"ä \\" \\u0041"', `"${'x'.repeat(298)}"`])('carries %s', (rawId) => {
    const asked = { serverId: SERVER, rawId };
    expect(readAskedId(askedId(asked))).toEqual(asked);
  });

  it('carries no long ids', () => {
    expect(askedId({ serverId: SERVER, rawId: `"${'x'.repeat(299)}"` })).toBeUndefined();
  });

  it.each([
    ['a number', 7],
    ['another id', 'gateway-1'],
    ['no server', 'mrs-1-MQ'],
    ['nothing behind the server', `mrs-${SERVER}-`],
    ['an object', made('{}')],
    ['null', made('null')],
    ['no JSON', made('x')],
    ['members that would follow the id', made('1,"method":"tools/call"')],
  ])('does not read %s', (_what, id) => {
    expect(readAskedId(id)).toBeUndefined();
  });
});
