import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROMPT_VECTOR, RESOURCE_VECTOR, SERVER_VECTOR } from './search-targets.js';

const migration = readFileSync(
  path.join(import.meta.dirname, '../../../migrations/1764000000003-registry-indexes.ts'),
  'utf8',
);

describe('search vectors', () => {
  it.each([
    ['resources', RESOURCE_VECTOR],
    ['prompts', PROMPT_VECTOR],
    ['servers', SERVER_VECTOR],
  ])('of %s are what their index stands on, to the letter', (_what, vector) => {
    expect(migration.replaceAll('\\\\', '\\')).toContain(vector);
  });
});
