import { byName, byText } from './list-order.js';
import { matcherOf } from './uri-template.js';

/** A resource template, and which URIs it may expand to. */
export interface NamedTemplate {
  readonly name: string;
  matches(uri: string): boolean;
}

/** What a server offers, by its own names alone, each list in their order. */
export interface ServerNames {
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
  readonly templates: readonly NamedTemplate[];
  /** About what it costs in memory. */
  readonly bytes: number;
}

export type NamedKind = 'tool' | 'prompt' | 'resource' | 'template';

const NAME_COST = 60;
const TEMPLATE_COST = 600;
const SERVER_COST = 500;

export const NO_NAMES: ServerNames = { tools: [], prompts: [], resources: [], templates: [], bytes: SERVER_COST };

export function namesOf(rows: readonly { readonly kind: NamedKind; readonly name: string }[]): ServerNames {
  const of = (kind: NamedKind): string[] => rows.filter((row) => row.kind === kind).map((row) => row.name);
  const templates = of('template').map((name) => ({ name, matches: matcherOf(name) }));
  const characters = rows.reduce((sum, { name }) => sum + name.length + NAME_COST, 0);
  return {
    tools: of('tool').sort(byText),
    prompts: of('prompt').sort(byText),
    resources: of('resource').sort(byText),
    templates: templates.sort(byName),
    bytes: SERVER_COST + characters + templates.length * TEMPLATE_COST,
  };
}
