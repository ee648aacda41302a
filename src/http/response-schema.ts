import { z } from 'zod';

interface JsonSchema {
  [key: string]: unknown;
}

/**
 * The schema that Fastify compiles into a serializer: members that it does not name do not leave the
 * service. Everything inline, and `anyOf [x, null]` as `nullable`, which compiles to a plain test
 * where `anyOf` would validate each value first.
 */
export function serializerSchema(schema: z.ZodType): JsonSchema {
  const { $schema, ...converted } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    reused: 'inline',
    unrepresentable: 'any',
  }) as JsonSchema;
  const definitions = (converted['definitions'] ?? {}) as Record<string, JsonSchema>;
  return simplify(converted, definitions) as JsonSchema;
}

function simplify(value: unknown, definitions: Record<string, JsonSchema>): unknown {
  if (Array.isArray(value)) return value.map((item) => simplify(item, definitions));
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as JsonSchema;
  const reference = schema['$ref'];
  if (typeof reference === 'string') return simplify(definitions[reference.split('/').at(-1) ?? ''] ?? {}, definitions);
  const alternatives = schema['anyOf'];
  if (Array.isArray(alternatives) && alternatives.length === 2) {
    const some = (alternatives as JsonSchema[]).find((alternative) => alternative['type'] !== 'null');
    if (some && (alternatives as JsonSchema[]).some((alternative) => alternative['type'] === 'null')) {
      return { ...(simplify(some, definitions) as JsonSchema), nullable: true };
    }
  }
  // Documentation only, and formats would make the serializer parse strings as dates.
  const dropped = new Set([
    'definitions',
    'id',
    '$id',
    'format',
    'pattern',
    'examples',
    'example',
    'description',
    'default',
  ]);
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key, member]) =>
          !(dropped.has(key) && (typeof member !== 'object' || Array.isArray(member) || key === 'definitions')),
      )
      .map(([key, member]) => [
        key,
        key === 'properties' ? eachProperty(member, definitions) : simplify(member, definitions),
      ]),
  );
}

function eachProperty(properties: unknown, definitions: Record<string, JsonSchema>): unknown {
  return Object.fromEntries(
    Object.entries(properties as JsonSchema).map(([name, property]) => [name, simplify(property, definitions)]),
  );
}
