import { describe, expect, it } from 'vitest';
import { readPrompt, readResource, readResourceTemplate, readTool } from './definitions.js';
import type { JsonObject } from './json-defects.js';
import { DEFAULT_PROBE_LIMITS } from './limits.js';

const schema = { type: 'object' };

describe('readTool', () => {
  it('keeps the definition as received beside what was read', () => {
    const raw = { name: 'a', inputSchema: schema, annotations: { title: 'A' }, outputSchema: null, vendor: 1 };
    expect(readTool(raw, DEFAULT_PROBE_LIMITS)).toEqual({
      key: 'a',
      item: { name: 'a', title: 'A', inputSchema: schema, annotations: { title: 'A' }, raw },
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['no name', { inputSchema: schema }, /no name/],
    ['an empty name', { name: '', inputSchema: schema }, /no name/],
    ['a long name', { name: 'x'.repeat(513), inputSchema: schema }, /more than 512 characters/],
    ['no schema', { name: 'a' }, /no inputSchema/],
    ['a list for a schema', { name: 'a', inputSchema: [] }, /no inputSchema/],
  ])('refuses %s', (_what, raw, defect) => {
    expect(readTool(raw, DEFAULT_PROBE_LIMITS)).toEqual({ defect: expect.stringMatching(defect) });
  });
});

describe('resources and prompts', () => {
  it.each([
    ['uri', readResource],
    ['uriTemplate', readResourceTemplate],
  ] as const)('are known by their %s', (member, read) => {
    const raw = { name: 'r', [member]: 'test://a', mimeType: 'text/plain' };
    expect(read(raw, DEFAULT_PROBE_LIMITS)).toEqual({ key: 'test://a', item: { ...raw, raw } });
    expect(read({ name: 'r' }, DEFAULT_PROBE_LIMITS)).toEqual({ defect: `has no ${member}` });
    const long = { name: 'r', [member]: `test://${'ä'.repeat(1_100)}` };
    expect(read(long, DEFAULT_PROBE_LIMITS)).toEqual({ defect: `has a ${member} of more than 2048 bytes` });
  });

  it('leaves out arguments that are none', () => {
    const raw = { name: 'p', arguments: [{ name: 'x' }, 'y', null] };
    expect(readPrompt(raw, DEFAULT_PROBE_LIMITS)).toMatchObject({ item: { arguments: [{ name: 'x' }] } });
  });
});
