import { describe, expect, it } from 'vitest';
import { firstAccount } from './postgres-account.js';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  '# a comment, as macOS has them',
  'nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false',
  'toor:x:0:0::/root:/bin/sh',
  'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash',
  'broken',
  '',
].join('\n');

describe('firstAccount', () => {
  it.each([
    { names: ['mcp-registry', 'postgres'], expected: { uid: 101, gid: 104 } },
    { names: ['nobody', 'postgres'], expected: { uid: 101, gid: 104 } },
    { names: ['root', 'toor'], expected: undefined },
    { names: ['broken'], expected: undefined },
    { names: ['absent'], expected: undefined },
  ])('of $names takes the first that is unprivileged', ({ names, expected }) => {
    expect(firstAccount(PASSWD, names)).toEqual(expected);
  });
});
