import { methodIn } from '../methods.js';
import { RPC } from '../rpc-codes.js';
import type { Era } from '../versions.js';

/** Why a message of one era has nothing to become in the other. */
export interface Untranslatable {
  /** The JSON-RPC code that a request is answered with; `undefined` for a notification, which gets no answer. */
  readonly code: number | undefined;
  readonly why: string;
}

const TASKS_LEGACY: Untranslatable = {
  code: RPC.methodNotFound,
  why: 'Tasks of 2025-11-25 are not bridged: the gateway does not declare the capability.',
};
const TASKS_MODERN: Untranslatable = {
  code: RPC.methodNotFound,
  why: 'The tasks extension is not bridged: the gateway does not declare it.',
};

function dropped(why: string): Untranslatable {
  return { code: undefined, why };
}

/**
 * By era of the sender. Messages that only one era has and that are not here are translated, or
 * answered by the gateway itself ({@link BRIDGED}).
 */
const TABLE: Readonly<Record<Era, ReadonlyMap<string, Untranslatable>>> = {
  legacy: new Map([
    // 2025-11-25, Tasks, Capability Negotiation: without the capability the method does not exist.
    ['tasks/get', TASKS_LEGACY],
    ['tasks/result', TASKS_LEGACY],
    ['tasks/list', TASKS_LEGACY],
    ['tasks/cancel', TASKS_LEGACY],
    // 2025-11-25, Tasks, Task Status Notification: requestors must not rely on it.
    ['notifications/tasks/status', dropped(TASKS_LEGACY.why)],
    // 2026-07-28, Changelog, major 5.
    ['notifications/roots/list_changed', dropped('2026-07-28 removed it: servers ask for the roots in each request.')],
    // 2026-07-28, Changelog, minor 11.
    [
      'notifications/elicitation/complete',
      dropped('2026-07-28 removed it: the client learns the outcome by its retry.'),
    ],
  ]),
  modern: new Map([
    // 2026-07-28, Versioning, Extension Negotiation: reject what is not supported; the extension is SEP-2663.
    ['tasks/get', TASKS_MODERN],
    ['tasks/update', TASKS_MODERN],
    ['tasks/cancel', TASKS_MODERN],
  ]),
};

/** What one era lacks and the gateway bridges: answered here, or carried by other means. */
const BRIDGED: ReadonlySet<string> = new Set([
  // The gateway's own answers.
  'initialize',
  'notifications/initialized',
  'ping',
  'server/discover',
  // `logLevel` in `_meta`, `subscriptions/listen` and `inputRequests`, and back.
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
  'notifications/subscriptions/acknowledged',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
]);

/**
 * What a method that `sender` sends in era `from` is refused with when the other side speaks `to`;
 * `undefined` when it is translated. A method that nobody knows is -32601 in both eras (JSON-RPC
 * 2.0, section 5.1).
 */
export function untranslatable(
  method: string,
  from: Era,
  to: Era,
  sender: 'client' | 'server' = 'client',
): Untranslatable | undefined {
  if (from === to) return undefined;
  const refusal = TABLE[from].get(method);
  if (refusal) return refusal;
  const known = methodIn(from, method, sender) !== undefined;
  if (known && (methodIn(to, method, sender) !== undefined || BRIDGED.has(method))) return undefined;
  const why = `${method.slice(0, 100)} from a ${sender} has nothing to become between the ${from} and the ${to} era.`;
  return { code: method.startsWith('notifications/') ? undefined : RPC.methodNotFound, why };
}
