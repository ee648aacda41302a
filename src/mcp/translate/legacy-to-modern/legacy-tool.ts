import { isRecord, ownMember, type JsonRecord } from '../../json-record.js';

/** Deeper schemas are not looked into: the registry bounds a definition's size, not its depth. */
const DEPTH_AT_MOST = 128;
/** Keywords whose values are data, where a `$ref` is only text. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/**
 * Whether a modern tool's structured results are no objects by its schema. 2026-07-28 allows any schema
 * there (Changelog, minor 10), 2025-11-25 only one whose root is `type: object` (schema: Tool), and its
 * clients would refuse the whole list.
 */
export function wrapsStructured(tool: JsonRecord): boolean {
  const schema = ownMember(tool, 'outputSchema');
  return schema !== undefined && !(isRecord(schema) && schema['type'] === 'object');
}

/** The tool as legacy clients may see it: its results come as `{ result }`, and its schema says so. */
export function toLegacyTool(tool: JsonRecord): JsonRecord {
  if (!wrapsStructured(tool)) return tool;
  const { $schema, ...schema } = isRecord(tool['outputSchema']) ? tool['outputSchema'] : {};
  const outputSchema = {
    ...($schema === undefined ? {} : { $schema }),
    type: 'object',
    properties: { result: moved(schema, 0) },
    required: ['result'],
  };
  return { ...tool, outputSchema };
}

/** The tool without what a legacy client could not read, where its results are not wrapped. */
export function withoutForeignOutput(tool: JsonRecord): JsonRecord {
  if (!wrapsStructured(tool)) return tool;
  const { outputSchema: _foreign, ...rest } = tool;
  return rest;
}

/** A schema that is no root any more: what it refers to by a path from the root has moved with it. */
function moved(schema: unknown, depth: number): unknown {
  if (depth > DEPTH_AT_MOST) return schema;
  if (Array.isArray(schema)) return schema.map((part) => moved(part, depth + 1));
  // With an id of its own it is the root of its references still (JSON Schema 2020-12, section 8.2.1).
  if (!isRecord(schema) || typeof schema['$id'] === 'string') return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string') return [key, movedReference(value)];
      return [key, DATA_KEYWORDS.has(key) ? value : moved(value, depth + 1)];
    }),
  );
}

function movedReference(reference: string): string {
  return reference === '#' || reference.startsWith('#/') ? `#/properties/result${reference.slice(1)}` : reference;
}
