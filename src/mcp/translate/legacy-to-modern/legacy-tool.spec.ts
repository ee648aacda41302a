import { describe, expect, it } from 'vitest';
import { toLegacyTool, withoutForeignOutput, wrapsStructured } from './legacy-tool.js';

function tool(outputSchema?: unknown) {
  return { name: 't', inputSchema: { type: 'object' }, ...(outputSchema === undefined ? {} : { outputSchema }) };
}

describe('a modern tool for a legacy client', () => {
  it.each([undefined, { type: 'object' }, { type: 'object', properties: { a: {} } }])('stays with %j', (schema) => {
    const given = tool(schema);
    expect(wrapsStructured(given)).toBe(false);
    expect(toLegacyTool(given)).toBe(given);
    expect(withoutForeignOutput(given)).toBe(given);
  });

  it.each<[unknown, unknown]>([
    [
      { type: 'array', items: { type: 'string' } },
      { type: 'array', items: { type: 'string' } },
    ],
    [{ type: ['object', 'null'] }, { type: ['object', 'null'] }],
    [{ oneOf: [{ type: 'object' }, { type: 'array' }] }, { oneOf: [{ type: 'object' }, { type: 'array' }] }],
    [true, {}],
    [
      { type: 'array', items: { $ref: '#/$defs/a' }, $defs: { a: { anyOf: [{ $ref: '#' }, { $ref: '#name' }] } } },
      {
        type: 'array',
        items: { $ref: '#/properties/result/$defs/a' },
        $defs: { a: { anyOf: [{ $ref: '#/properties/result' }, { $ref: '#name' }] } },
      },
    ],
    [
      { enum: [{ $ref: '#/a' }], default: { $ref: '#' } },
      { enum: [{ $ref: '#/a' }], default: { $ref: '#' } },
    ],
    [
      { type: 'array', items: { $id: 'urn:a', $ref: '#/$defs/b' } },
      { type: 'array', items: { $id: 'urn:a', $ref: '#/$defs/b' } },
    ],
    [{ properties: { $ref: { type: 'string' } } }, { properties: { $ref: { type: 'string' } } }],
  ])('gets a root around %j', (schema, inner) => {
    const given = tool(schema);
    expect(wrapsStructured(given)).toBe(true);
    expect(toLegacyTool(given)).toStrictEqual({
      ...tool(),
      outputSchema: { type: 'object', properties: { result: inner }, required: ['result'] },
    });
    expect(withoutForeignOutput(given)).toStrictEqual(tool());
  });

  it('keeps the dialect at the root', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema';
    expect(toLegacyTool(tool({ $schema, type: 'number' }))['outputSchema']).toStrictEqual({
      $schema,
      type: 'object',
      properties: { result: { type: 'number' } },
      required: ['result'],
    });
  });
});
