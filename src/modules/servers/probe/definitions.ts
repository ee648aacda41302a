import { isObject, type JsonObject } from './json-defects.js';
import type { ProbeLimits } from './limits.js';

interface Definition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** The definition as it was received, unknown members included: what `definition_hash` is over. */
  readonly raw: JsonObject;
}

export interface ToolDefinition extends Definition {
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
}

export interface ResourceDefinition extends Definition {
  readonly uri: string;
  readonly mimeType?: string;
}

export interface ResourceTemplateDefinition extends Definition {
  readonly uriTemplate: string;
  readonly mimeType?: string;
}

export interface PromptDefinition extends Definition {
  /** Each argument as it was received: `{ name, title?, description?, required? }`. */
  readonly arguments: readonly JsonObject[];
}

/** A definition that was read, under the key that is unique in its list, or what is wrong with it. */
export type ReadItem<T> = { readonly key: string; readonly item: T } | { readonly defect: string };
export type ItemReader<T> = (raw: JsonObject, limits: ProbeLimits) => ReadItem<T>;

export const readTool: ItemReader<ToolDefinition> = (raw, limits) => {
  const base = readBase(raw, limits);
  if ('defect' in base) return base;
  if (!isObject(raw['inputSchema'])) return { defect: 'has no inputSchema object' };
  const annotations = object(raw['annotations']);
  const title = base.title ?? text(annotations?.['title']);
  return {
    key: base.name,
    item: {
      ...base,
      ...(title !== undefined && { title }),
      inputSchema: raw['inputSchema'],
      ...optional('outputSchema', object(raw['outputSchema'])),
      ...optional('annotations', annotations),
    },
  };
};

export const readResource: ItemReader<ResourceDefinition> = (raw, limits) => readAddressed(raw, 'uri', limits);

export const readResourceTemplate: ItemReader<ResourceTemplateDefinition> = (raw, limits) =>
  readAddressed(raw, 'uriTemplate', limits);

export const readPrompt: ItemReader<PromptDefinition> = (raw, limits) => {
  const base = readBase(raw, limits);
  if ('defect' in base) return base;
  const args = Array.isArray(raw['arguments']) ? (raw['arguments'] as readonly unknown[]).filter(isObject) : [];
  return { key: base.name, item: { ...base, arguments: args } };
};

function readAddressed<K extends 'uri' | 'uriTemplate'>(
  raw: JsonObject,
  member: K,
  limits: ProbeLimits,
): ReadItem<Definition & { readonly mimeType?: string } & Record<K, string>> {
  const base = readBase(raw, limits);
  if ('defect' in base) return base;
  const address = text(raw[member]);
  if (address === undefined || address === '') return { defect: `has no ${member}` };
  if (Buffer.byteLength(address) > limits.uriBytes) {
    return { defect: `has a ${member} of more than ${limits.uriBytes} bytes` };
  }
  const mimeType = text(raw['mimeType']);
  if (mimeType !== undefined && mimeType.length > limits.nameChars) {
    return { defect: `has a mimeType of more than ${limits.nameChars} characters` };
  }
  const item = { ...base, ...optional('mimeType', mimeType), [member]: address };
  return { key: address, item: item as typeof item & Record<K, string> };
}

function readBase(raw: JsonObject, limits: ProbeLimits): Definition | { readonly defect: string } {
  const name = text(raw['name']);
  if (name === undefined || name === '') return { defect: 'has no name' };
  if (name.length > limits.nameChars) return { defect: `has a name of more than ${limits.nameChars} characters` };
  return {
    name,
    ...optional('title', text(raw['title'])),
    ...optional('description', text(raw['description'])),
    raw,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function object(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** `{ [key]: value }`, or nothing: an absent member stays absent. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
