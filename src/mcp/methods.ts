import type { Era } from './versions.js';

/** Who may send a message: the client, the server, or either. */
export type Sender = 'client' | 'server' | 'both';

/** What is known of one method, the same object for the life of the process. */
export interface MethodFacts {
  readonly method: string;
  readonly kind: 'request' | 'notification';
  /** Who sends it in each era; `undefined` where the era does not have the method. */
  readonly modern: Sender | undefined;
  readonly legacy: Sender | undefined;
  /** The member of `params` that the `Mcp-Name` header repeats (2026-07-28, Streamable HTTP). */
  readonly nameFrom: 'name' | 'uri' | undefined;
  /** Calls into somebody's server, which the audit log records. */
  readonly audited: boolean;
  /** Modern results carry `ttlMs` and `cacheScope`. */
  readonly cacheable: boolean;
  /** The modern answer may be `resultType: input_required`. */
  readonly mayRequireInput: boolean;
}

type Flags = Partial<Pick<MethodFacts, 'nameFrom' | 'audited' | 'cacheable' | 'mayRequireInput'>>;

function entry(
  kind: MethodFacts['kind'],
  method: string,
  modern: Sender | undefined,
  legacy: Sender | undefined,
  flags: Flags = {},
): readonly [string, MethodFacts] {
  const facts: MethodFacts = {
    method,
    kind,
    modern,
    legacy,
    nameFrom: flags.nameFrom,
    audited: flags.audited ?? false,
    cacheable: flags.cacheable ?? false,
    mayRequireInput: flags.mayRequireInput ?? false,
  };
  return [method, Object.freeze(facts)];
}

const no = undefined;

/**
 * Every method that the gateway knows. The experimental tasks of 2025-11-25 are left out: the
 * gateway does not declare that capability, so a conformant peer never sends them.
 */
export const METHODS: ReadonlyMap<string, MethodFacts> = new Map([
  entry('request', 'tools/call', 'client', 'client', { nameFrom: 'name', audited: true, mayRequireInput: true }),
  entry('request', 'prompts/get', 'client', 'client', { nameFrom: 'name', audited: true, mayRequireInput: true }),
  entry('request', 'resources/read', 'client', 'client', {
    nameFrom: 'uri',
    audited: true,
    cacheable: true,
    mayRequireInput: true,
  }),
  entry('request', 'completion/complete', 'client', 'client', { audited: true }),
  entry('request', 'tools/list', 'client', 'client', { cacheable: true }),
  entry('request', 'prompts/list', 'client', 'client', { cacheable: true }),
  entry('request', 'resources/list', 'client', 'client', { cacheable: true }),
  entry('request', 'resources/templates/list', 'client', 'client', { cacheable: true }),

  entry('request', 'server/discover', 'client', no, { cacheable: true }),
  entry('request', 'subscriptions/listen', 'client', no),

  entry('request', 'initialize', no, 'client'),
  entry('request', 'ping', no, 'both'),
  entry('request', 'logging/setLevel', no, 'client'),
  entry('request', 'resources/subscribe', no, 'client'),
  entry('request', 'resources/unsubscribe', no, 'client'),
  entry('request', 'sampling/createMessage', no, 'server'),
  entry('request', 'elicitation/create', no, 'server'),
  entry('request', 'roots/list', no, 'server'),

  entry('notification', 'notifications/cancelled', 'both', 'both'),
  entry('notification', 'notifications/progress', 'server', 'both'),
  entry('notification', 'notifications/message', 'server', 'server'),
  entry('notification', 'notifications/tools/list_changed', 'server', 'server'),
  entry('notification', 'notifications/prompts/list_changed', 'server', 'server'),
  entry('notification', 'notifications/resources/list_changed', 'server', 'server'),
  entry('notification', 'notifications/resources/updated', 'server', 'server'),
  entry('notification', 'notifications/subscriptions/acknowledged', 'server', no),
  entry('notification', 'notifications/initialized', no, 'client'),
  entry('notification', 'notifications/roots/list_changed', no, 'client'),
  entry('notification', 'notifications/elicitation/complete', no, 'server'),
]);

/** The requests that a modern server embeds in an `input_required` result instead of sending them. */
export const INPUT_REQUEST_METHODS: ReadonlySet<string> = new Set([
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
]);

/** What is known of `method` when `sender` sends it in `era`, else `undefined`. */
export function methodIn(era: Era, method: string, sender: 'client' | 'server' = 'client'): MethodFacts | undefined {
  const facts = METHODS.get(method);
  const by = facts?.[era];
  return by === sender || by === 'both' ? facts : undefined;
}
