import type { Json } from '../../../kernel/canonical-json.js';
import type { ProbeLimits } from './limits.js';

/** A JSON object as `JSON.parse` yields it. */
export type JsonObject = { readonly [key: string]: Json | undefined };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PostgreSQL stores neither in `text` nor in `jsonb`: NUL and surrogates without their other half. */
const UNSTORABLE = /[\0\p{Cs}]/u;

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/**
 * What stops a definition from being stored, in words, or its size in bytes. Walks with a stack of
 * its own: `JSON.parse` accepts nesting that would overflow a recursive walk.
 */
export function measure(
  value: Json,
  limits: Pick<ProbeLimits, 'depth' | 'definitionBytes'>,
): { readonly bytes: number } | { readonly defect: string } {
  const open: { readonly value: Json; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === 'string' && !isStorable(next.value)) return { defect: UNSTORABLE_TEXT };
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > limits.depth) return { defect: `is nested deeper than ${limits.depth} levels` };
    const children = Array.isArray(next.value) ? next.value : Object.values(next.value);
    for (const child of children as readonly Json[]) open.push({ value: child, depth: next.depth + 1 });
    if (!Array.isArray(next.value) && !Object.keys(next.value).every(isStorable)) return { defect: UNSTORABLE_TEXT };
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > limits.definitionBytes) {
    return { defect: `has ${bytes} bytes, more than the ${limits.definitionBytes} that are kept` };
  }
  return { bytes };
}

const UNSTORABLE_TEXT = 'has a NUL character or half a surrogate pair, which cannot be stored';
