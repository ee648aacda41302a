import { unionCapabilities, type ClientCapabilities, type ServerCapabilities } from '../capabilities.js';
import { isRecord, ownMember } from '../json-record.js';

/** The members that count of each capability of a client. */
const CLIENT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  elicitation: ['form', 'url'],
  sampling: ['context', 'tools'],
  // 2025-11-25 has `listChanged`: its notification was removed in 2026-07-28 (Changelog, major 5).
  roots: [],
};
/** Open maps of names, the same in both eras. */
const CLIENT_MAPS = ['experimental', 'extensions'] as const;
/** Calls that outlive their request are not bridged, so nobody may be told that they are. */
const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/**
 * What a client of one era can be said to have towards a server of the other, in either direction:
 * the two eras write the capabilities that both have in the same way. `tasks` (2025-11-25), the
 * tasks extension (2026-07-28) and what is no object are left out. A bare `elicitation: {}` stays
 * bare: it means forms in both.
 */
export function bridgedClientCapabilities(declared: unknown): ClientCapabilities {
  const bridged: Record<string, Readonly<Record<string, unknown>>> = {};
  if (!isRecord(declared)) return bridged;
  for (const [name, members] of Object.entries(CLIENT_MEMBERS)) {
    const offered = ownMember(declared, name);
    if (!isRecord(offered)) continue;
    bridged[name] = Object.fromEntries(
      members.filter((member) => isRecord(ownMember(offered, member))).map((member) => [member, offered[member]]),
    );
  }
  for (const name of CLIENT_MAPS) {
    const offered = ownMember(declared, name);
    if (!isRecord(offered)) continue;
    const kept = Object.entries(offered).filter(([key, value]) => key !== TASKS_EXTENSION && isRecord(value));
    if (kept.length > 0) bridged[name] = Object.fromEntries(kept);
  }
  return bridged;
}

/**
 * What a server of one era can be said to have towards a client of the other: in `initialize` for a
 * legacy client, in `server/discover` for a modern one. Here too both write it alike, with another
 * way behind it: `resources.subscribe` is `resources/subscribe` there and `subscriptions/listen`
 * here, `logging` is `logging/setLevel` there and `logLevel` in `_meta` here, `listChanged` is
 * pushed by the gateway itself. `tasks`, `extensions` and `experimental` are left out: their
 * methods are not forwarded.
 */
export function bridgedServerCapabilities(declared: unknown): ServerCapabilities {
  return unionCapabilities([declared]);
}
