import { describe, expect, it } from 'vitest';
import { difference, resourceRow, toolRow } from './child-definitions.js';

const tool = (name: string, description = '') => toolRow({ name, description, inputSchema: { type: 'object' } });

describe('difference', () => {
  it('adds, changes and removes, and leaves what is equal alone', () => {
    const stored = new Map(
      [tool('same'), tool('changed', 'old'), tool('gone')].map((row) => [row.toolName, row.definitionHash]),
    );
    const { upserts, removedKeys, counts } = difference(
      stored,
      [tool('same'), tool('changed', 'new'), tool('added')],
      (row) => row.toolName,
    );
    expect(upserts.map((row) => row.toolName)).toEqual(['changed', 'added']);
    expect(removedKeys).toEqual(['gone']);
    expect(counts).toEqual({ added: 1, changed: 1, removed: 1, total: 3 });
  });

  it('takes the first of a name that is listed twice', () => {
    const { upserts, counts } = difference(new Map(), [tool('a', '1'), tool('a', '2')], (row) => row.toolName);
    expect(upserts.map((row) => row.description)).toEqual(['1']);
    expect(counts.total).toBe(1);
  });
});

describe('toolRow', () => {
  it('keeps members that it does not know, and hashes all of them', () => {
    const raw = { name: 'a', inputSchema: {}, icons: [{ src: 'x' }], _meta: { k: 1 } };
    expect(toolRow(raw).extra).toEqual({ icons: [{ src: 'x' }], _meta: { k: 1 } });
    expect(toolRow(raw).definitionHash).not.toBe(toolRow({ name: 'a', inputSchema: {} }).definitionHash);
  });
});

describe('resourceRow', () => {
  const raw = { uri: 'test://a', uriTemplate: 'test://{x}', name: 'a', mimeType: 'text/plain' };

  it.each([
    ['uri', { uri: 'test://a', uriTemplate: null, extra: { uriTemplate: 'test://{x}' } }],
    ['uriTemplate', { uri: null, uriTemplate: 'test://{x}', extra: { uri: 'test://a' } }],
  ] as const)('in a list of %ss takes that as its address', (address, expected) => {
    expect(resourceRow(raw, address)).toMatchObject(expected);
  });
});
