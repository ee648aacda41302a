import { isRecord, ownMember } from './json-record.js';

/** What of a server's capabilities the gateway can offer for many servers at once. */
export interface ServerCapabilities {
  tools?: { listChanged?: boolean };
  resources?: { subscribe?: boolean; listChanged?: boolean };
  prompts?: { listChanged?: boolean };
  completions?: Record<string, never>;
  logging?: Record<string, never>;
}

/** Client capabilities by name, with the members that count: `{ elicitation: { url: {} } }`. */
export type ClientCapabilities = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The flags of each capability that a union knows. */
const FLAGS = {
  tools: ['listChanged'],
  resources: ['subscribe', 'listChanged'],
  prompts: ['listChanged'],
  completions: [],
  logging: [],
} as const satisfies Record<keyof ServerCapabilities, readonly string[]>;

/**
 * What an aggregate of servers can do: a capability when one of them has it, a flag when one sets
 * it. `experimental`, `extensions` and `tasks` are left out: nobody could tell which server a
 * message of theirs is for.
 */
export function unionCapabilities(all: readonly unknown[]): ServerCapabilities {
  const union: Record<string, Record<string, boolean>> = {};
  for (const [name, flags] of Object.entries(FLAGS)) {
    for (const capabilities of all) {
      const offered = isRecord(capabilities) ? ownMember(capabilities, name) : undefined;
      if (!isRecord(offered)) continue;
      const merged = (union[name] ??= {});
      for (const flag of flags) if (ownMember(offered, flag) === true) merged[flag] = true;
    }
  }
  return union;
}

/**
 * What a client must have declared before a server may send it this request, on a stream or inside
 * an `input_required` result; `undefined` when nothing is needed. Modes count: elicitation by URL,
 * and sampling with tools, are members of their own.
 */
export function requiredClientCapabilities(method: string, params: unknown): ClientCapabilities | undefined {
  const given = isRecord(params) ? params : undefined;
  switch (method) {
    case 'elicitation/create':
      return { elicitation: ownMember(given, 'mode') === 'url' ? { url: {} } : { form: {} } };
    case 'sampling/createMessage': {
      const withTools = ownMember(given, 'tools') !== undefined || ownMember(given, 'toolChoice') !== undefined;
      return { sampling: withTools ? { tools: {} } : {} };
    }
    case 'roots/list':
      return { roots: {} };
    default:
      return undefined;
  }
}

/**
 * The part of `required` that the client did not declare, fit for `data.requiredCapabilities` of
 * -32021; `undefined` when it declared all. A bare `elicitation: {}` means forms: it is older than
 * the modes.
 */
export function missingClientCapabilities(
  required: ClientCapabilities,
  declared: unknown,
): ClientCapabilities | undefined {
  const missing: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [name, members] of Object.entries(required)) {
    const offered = isRecord(declared) ? ownMember(declared, name) : undefined;
    if (!isRecord(offered)) {
      missing[name] = members;
      continue;
    }
    const bare = name === 'elicitation' && !Object.hasOwn(offered, 'form') && !Object.hasOwn(offered, 'url');
    const absent = Object.entries(members).filter(
      ([member]) => ownMember(offered, member) === undefined && !(bare && member === 'form'),
    );
    if (absent.length > 0) missing[name] = Object.fromEntries(absent);
  }
  return Object.keys(missing).length > 0 ? missing : undefined;
}
