import { decodeHeaderValue, encodeHeaderValue } from './header-value.js';
import { isRecord, ownMember, type JsonRecord } from './json-record.js';

/** One argument that a tool wants repeated in a header, ready to compare. */
export interface ParamHeader {
  /** `Mcp-Param-Region`, as it is sent. */
  readonly header: string;
  /** The same in lower case, as Node's `headers` has it. */
  readonly key: string;
  /** Where the value lies below `params.arguments`. */
  readonly path: readonly string[];
  /** Compared as a number: `42.0` equals `42`. */
  readonly numeric: boolean;
}

/**
 * What a tool's schema declares. A declaration of type `number` makes the tool invalid for clients,
 * yet a server still checks it: then `headers` is not empty.
 */
export type ParamHeaders =
  | { readonly valid: true; readonly headers: readonly ParamHeader[] }
  | { readonly valid: false; readonly headers: readonly ParamHeader[]; readonly reason: string };

/** More headers than this, or deeper schemas, are refused: both come from strangers. */
const MAX_PARAM_HEADERS = 64;
const MAX_SCHEMA_DEPTH = 64;

const KEYWORD = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean', 'number']);

/** Keywords whose subschemas may not declare headers: a value there has no fixed place in the arguments. */
const UNREACHABLE: ReadonlyMap<string, 'one' | 'many'> = new Map([
  ['items', 'one'],
  ['prefixItems', 'one'],
  ['contains', 'one'],
  ['additionalProperties', 'one'],
  ['unevaluatedProperties', 'one'],
  ['unevaluatedItems', 'one'],
  ['propertyNames', 'one'],
  ['oneOf', 'one'],
  ['anyOf', 'one'],
  ['allOf', 'one'],
  ['not', 'one'],
  ['if', 'one'],
  ['then', 'one'],
  ['else', 'one'],
  ['patternProperties', 'many'],
  ['dependentSchemas', 'many'],
  ['$defs', 'many'],
  ['definitions', 'many'],
]);

const NONE: ParamHeaders = Object.freeze({ valid: true, headers: Object.freeze([]) });

class Compilation {
  readonly headers: ParamHeader[] = [];
  readonly #seen = new Set<string>();
  numberFault: string | undefined;

  visit(schema: unknown, path: readonly string[], depth: number, reachable: boolean): string | undefined {
    if (Array.isArray(schema)) return this.#visitAll(schema, path, depth, reachable);
    if (!isRecord(schema)) return undefined;
    if (depth > MAX_SCHEMA_DEPTH) return `The schema nests deeper than ${MAX_SCHEMA_DEPTH} levels.`;
    const fault = Object.hasOwn(schema, KEYWORD) ? this.#declare(schema, path, reachable) : undefined;
    if (fault !== undefined) return fault;
    const properties = ownMember(schema, 'properties');
    if (isRecord(properties)) {
      for (const [key, child] of Object.entries(properties)) {
        const below = this.visit(child, [...path, key], depth + 1, reachable);
        if (below !== undefined) return below;
      }
    }
    for (const [keyword, shape] of UNREACHABLE) {
      const sub = ownMember(schema, keyword);
      if (sub === undefined) continue;
      const branches = shape === 'many' && isRecord(sub) ? Object.values(sub) : [sub];
      const below = this.#visitAll(branches, [...path, keyword], depth + 1, false);
      if (below !== undefined) return below;
    }
    return undefined;
  }

  #visitAll(schemas: readonly unknown[], path: readonly string[], depth: number, reachable: boolean) {
    if (depth > MAX_SCHEMA_DEPTH) return `The schema nests deeper than ${MAX_SCHEMA_DEPTH} levels.`;
    for (const schema of schemas) {
      const fault = this.visit(schema, path, depth + 1, reachable);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #declare(schema: JsonRecord, path: readonly string[], reachable: boolean): string | undefined {
    const where = path.length === 0 ? 'the schema itself' : path.join('.');
    const name = schema[KEYWORD];
    const type = ownMember(schema, 'type');
    if (!reachable || path.length === 0) return `${KEYWORD} is not allowed on ${where}: only on properties.`;
    if (typeof name !== 'string' || !TOKEN.test(name)) return `${KEYWORD} of ${where} is not a header name.`;
    if (!TYPES.has(type)) return `${KEYWORD} of ${where} needs the type string, integer or boolean.`;
    const key = `mcp-param-${name.toLowerCase()}`;
    if (this.#seen.has(key)) return `${KEYWORD} of ${where} names ${name}, which another property has.`;
    if (this.headers.length === MAX_PARAM_HEADERS) return `More than ${MAX_PARAM_HEADERS} headers are declared.`;
    this.#seen.add(key);
    if (type === 'number') this.numberFault ??= `${KEYWORD} of ${where} is not allowed on the type number.`;
    const numeric = type === 'integer' || type === 'number';
    this.headers.push({ header: `Mcp-Param-${name}`, key, path, numeric });
    return undefined;
  }
}

/**
 * The headers that a tool's `inputSchema` asks for by `x-mcp-header` (2026-07-28, Streamable HTTP,
 * Custom Headers). Compiled once a tool definition, not once a call.
 */
export function compileParamHeaders(inputSchema: unknown): ParamHeaders {
  const compilation = new Compilation();
  const fault = compilation.visit(inputSchema, [], 0, true);
  if (fault !== undefined) return { valid: false, headers: [], reason: fault };
  if (compilation.numberFault !== undefined) {
    return { valid: false, headers: compilation.headers, reason: compilation.numberFault };
  }
  return compilation.headers.length === 0 ? NONE : { valid: true, headers: compilation.headers };
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const key of path) value = isRecord(value) ? ownMember(value, key) : undefined;
  return value;
}

/** An argument as header text; `undefined` for what no header carries: null, objects, unsafe integers. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/**
 * What is wrong with the `Mcp-Param-*` headers of a call, or `undefined`. A header is expected only
 * where the arguments have a value; one without a value is ignored.
 */
export function paramHeaderFault(
  declared: readonly ParamHeader[],
  args: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  for (const { header, key, path, numeric } of declared) {
    const value = valueAt(args, path);
    const expected = textOf(value);
    if (expected === undefined) continue;
    const sent = headers[key];
    if (typeof sent !== 'string') return `${header} is missing: the arguments have ${path.join('.')}.`;
    const decoded = decodeHeaderValue(sent);
    if (decoded === undefined) return `${header} is not valid base64 of UTF-8.`;
    const asNumbers = numeric && typeof value === 'number' && DECIMAL.test(decoded);
    if (asNumbers ? Number(decoded) !== value : decoded !== expected) {
      return `${header} differs from ${path.join('.')} of the arguments.`;
    }
  }
  return undefined;
}

/** The `Mcp-Param-*` headers for a call to an upstream, made from the arguments, added to `into`. */
export function addParamHeaders(into: Record<string, string>, declared: readonly ParamHeader[], args: unknown): void {
  for (const { header, path } of declared) {
    const text = textOf(valueAt(args, path));
    if (text !== undefined) into[header] = encodeHeaderValue(text);
  }
}
