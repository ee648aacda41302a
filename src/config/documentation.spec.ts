import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from './variables.js';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const documented = [...page.matchAll(/^\| `([A-Z_]+)`\s*\| (?:`([^`]*)`|none)/gm)].map(([, name = '', value]) => ({
  name,
  value,
}));

describe('docs/configuration.md', () => {
  it('names every variable that is read, and no other', () => {
    expect(documented.map(({ name }) => name)).toEqual(Object.keys(variables.shape));
  });

  it('says their defaults', () => {
    const defaults = variables.parse({}) as Record<string, unknown>;
    for (const { name, value } of documented) {
      const actual = defaults[name];
      const empty = actual === undefined || (Array.isArray(actual) && actual.length === 0);
      expect([name, value]).toEqual([name, empty ? undefined : JSON.stringify(actual).replaceAll('"', '')]);
    }
  });
});
