import { describe, expect, it } from 'vitest';
import type { Json } from '../../../kernel/canonical-json.js';
import { searchDocument } from './search-document.js';

const server = { name: 'sky-cast', title: 'Sky Cast', description: 'Weather for everybody.' };

describe('searchDocument', () => {
  it('has a text for each weight', () => {
    const document = searchDocument({
      toolName: 'get_forecast',
      title: 'Forecast',
      description: 'Weather of the coming days.',
      inputSchema: { type: 'object', properties: { dayCount: { type: 'integer', description: 'How many days' } } },
      server,
    });
    expect(document).toEqual({
      name: 'get forecast getforecast',
      server: 'sky cast skycast sky cast weather for everybody',
      text: 'forecast weather of the coming days',
      parameters: 'day count daycount how many days',
      trigramText: 'get forecast forecast',
    });
  });

  it('finds parameters at any depth that people write, and the values of enums', () => {
    const inputSchema: Json = {
      anyOf: [
        {
          properties: {
            filter: {
              properties: { tags: { type: 'array', items: { enum: ['urgent', 'late'], title: 'A label' } } },
            },
          },
        },
        { $ref: '#/$defs/elsewhere' },
      ],
    };
    expect(searchDocument({ toolName: 'x', inputSchema, server }).parameters).toBe('filter tags a label urgent late');
  });

  it.each<[string, Json]>([
    ['no schema', null],
    ['a boolean schema', true],
    ['members of the wrong type', { properties: ['a'], items: 'b', anyOf: 3, enum: {} }],
  ])('%s has no words', (_what, inputSchema) => {
    expect(searchDocument({ toolName: 'x', inputSchema, server }).parameters).toBe('');
  });

  it('stays within 64 KiB for any input', () => {
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`property${String(i)}`, { description: 'long words '.repeat(50) }]),
    );
    let deep: Json = { description: 'bottom' };
    for (let i = 0; i < 5000; i += 1) deep = { properties: { level: deep } };
    const huge = '热门'.repeat(200_000);
    for (const inputSchema of [{ properties: many }, deep, { description: huge }] satisfies Json[]) {
      const document = searchDocument({ toolName: huge, title: huge, description: huge, inputSchema, server });
      expect(Object.values(document).join('').length).toBeLessThanOrEqual(65_536);
    }
    expect(searchDocument({ toolName: 'x', inputSchema: deep, server }).parameters).not.toContain('bottom');
  });
});
