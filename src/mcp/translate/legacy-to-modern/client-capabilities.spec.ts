import { describe, expect, it } from 'vitest';
import { clientCapabilitiesOf } from './client-capabilities.js';

const ALL = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
  experimental: { x: {} },
  extensions: { 'com.example/ui': {} },
};

describe('clientCapabilitiesOf', () => {
  it.each<[string, unknown, unknown]>([
    ['2025-11-25', ALL, ALL],
    ['2025-06-18', ALL, { elicitation: {}, sampling: {}, roots: {}, experimental: { x: {} } }],
    ['2025-03-26', ALL, { sampling: {}, roots: {}, experimental: { x: {} } }],
    ['2025-03-26', {}, {}],
    ['2025-06-18', undefined, undefined],
    ['2025-06-18', { elicitation: true }, {}],
  ])('%s: %j', (version, declared, expected) => {
    expect(clientCapabilitiesOf(version, declared)).toStrictEqual(expected);
  });
});
