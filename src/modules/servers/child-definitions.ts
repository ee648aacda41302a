import { canonicalHash, type Json } from '../../kernel/canonical-json.js';

/** A definition as the upstream sent it. */
export type RawDefinition = Readonly<Record<string, Json | undefined>>;

export interface ToolRow {
  readonly toolName: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly inputSchema: Json;
  readonly outputSchema: Json | null;
  readonly annotations: Json | null;
  readonly extra: RawDefinition;
  readonly definitionHash: string;
}

export interface ResourceRow {
  readonly uri: string | null;
  readonly uriTemplate: string | null;
  readonly resourceName: string;
  readonly resourceType: string | null;
  readonly description: string | null;
  readonly extra: RawDefinition;
  readonly definitionHash: string;
}

export interface PromptRow {
  readonly promptName: string;
  readonly description: string | null;
  readonly arguments: Json | null;
  readonly extra: RawDefinition;
  readonly definitionHash: string;
}

export function toolRow(raw: RawDefinition): ToolRow {
  const { name, title, description, inputSchema, outputSchema, annotations, ...extra } = raw;
  return {
    toolName: textOf(name) ?? '',
    title: textOf(title),
    description: textOf(description),
    inputSchema: inputSchema ?? {},
    outputSchema: outputSchema ?? null,
    annotations: annotations ?? null,
    extra,
    definitionHash: canonicalHash(raw),
  };
}

/** A resource or a resource template, as the list that it stood in says; the other's address is one of the extras. */
export function resourceRow(raw: RawDefinition, address: 'uri' | 'uriTemplate'): ResourceRow {
  const { [address]: given, name, mimeType, description, ...extra } = raw;
  return {
    uri: address === 'uri' ? textOf(given) : null,
    uriTemplate: address === 'uriTemplate' ? textOf(given) : null,
    resourceName: textOf(name) ?? textOf(given) ?? '',
    resourceType: textOf(mimeType),
    description: textOf(description),
    extra,
    definitionHash: canonicalHash(raw),
  };
}

export function promptRow(raw: RawDefinition): PromptRow {
  const { name, description, arguments: given, ...extra } = raw;
  return {
    promptName: textOf(name) ?? '',
    description: textOf(description),
    arguments: given ?? null,
    extra,
    definitionHash: canonicalHash(raw),
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** What a sync did to one kind of child. */
export interface SyncCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly total: number;
}

export interface SyncDifference<Row> {
  readonly upserts: readonly Row[];
  readonly removedKeys: readonly string[];
  readonly counts: SyncCounts;
}

/**
 * What must be written so that the stored children equal the listed ones. Where a list names a key
 * twice, the first one counts.
 * @param stored definition hash by key
 */
export function difference<Row extends { readonly definitionHash: string }>(
  stored: ReadonlyMap<string, string>,
  listed: readonly Row[],
  keyOf: (row: Row) => string,
): SyncDifference<Row> {
  const byKey = new Map<string, Row>();
  for (const row of listed) if (!byKey.has(keyOf(row))) byKey.set(keyOf(row), row);
  const upserts: Row[] = [];
  let added = 0;
  for (const [key, row] of byKey) {
    const hash = stored.get(key);
    if (hash === row.definitionHash) continue;
    if (hash === undefined) added += 1;
    upserts.push(row);
  }
  const removedKeys = [...stored.keys()].filter((key) => !byKey.has(key));
  const counts = { added, changed: upserts.length - added, removed: removedKeys.length, total: byKey.size };
  return { upserts, removedKeys, counts };
}
