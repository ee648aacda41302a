import type { Json } from '../../../kernel/canonical-json.js';
import { nameWords, proseWords } from './words.js';

/** Deeper members say nothing about what a tool is for. */
const DEEPEST = 6;
const MOST_MEMBERS = 500;
const MOST_NODES = 5000;
const LONGEST_NAME = 500;

/** Keywords whose values are schemas, or lists of them (JSON Schema 2020-12 and draft-07). */
const SUBSCHEMAS = ['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'additionalProperties'] as const;

/**
 * The words of a tool's parameters: names, titles, descriptions and the values of enums, nested ones
 * included. Stops after `mostChars` characters; references are not followed.
 */
export function schemaWords(schema: Json, mostChars: number): string[] {
  const words: string[] = [];
  let chars = 0;
  let members = 0;
  const add = (more: readonly string[]): void => {
    for (const word of more) {
      if (chars + word.length + 1 > mostChars) return;
      chars += word.length + 1;
      words.push(word);
    }
  };
  /** `SUBSCHEMAS` may fan out: nodes are counted, not only members. */
  let nodes = 0;
  const visit = (node: Json | undefined, depth: number): void => {
    if (depth > DEEPEST || ++nodes > MOST_NODES || members >= MOST_MEMBERS || chars >= mostChars || !isObject(node))
      return;
    for (const text of [node['title'], node['description']])
      if (typeof text === 'string') add(proseWords(text.slice(0, mostChars - chars)));
    if (Array.isArray(node['enum'])) {
      for (const value of (node['enum'] as readonly Json[]).slice(0, 50)) {
        if (typeof value === 'string') add(nameWords(value.slice(0, LONGEST_NAME)));
      }
    }
    const { properties } = node;
    if (isObject(properties)) {
      for (const [name, property] of Object.entries(properties)) {
        if (++members > MOST_MEMBERS) return;
        add(nameWords(name.slice(0, LONGEST_NAME)));
        visit(property, depth + 1);
      }
    }
    for (const keyword of SUBSCHEMAS) {
      const value = node[keyword];
      for (const one of Array.isArray(value) ? (value as readonly Json[]) : [value]) visit(one, depth + 1);
    }
  };
  visit(isObject(schema) ? { ...schema, title: undefined } : schema, 0);
  return words;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
