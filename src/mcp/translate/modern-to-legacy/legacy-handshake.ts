import type { ClientCapabilities } from '../../capabilities.js';
import { ownMember, type JsonRecord } from '../../json-record.js';
import { CLIENT_CAPABILITIES_KEY, CLIENT_INFO_KEY } from '../../meta-keys.js';
import type { ParsedBody } from '../../parse-body.js';
import { bridgedClientCapabilities } from '../bridged-capabilities.js';
import { readImplementation } from '../implementation.js';

/** What `initialize` says for a modern client. */
export interface LegacyClient {
  readonly capabilities: ClientCapabilities;
  readonly clientInfo: JsonRecord;
}

/**
 * Reads from a modern request what a session for it is opened with (2025-11-25, Lifecycle,
 * Initialization). `fallback` names the gateway, for a client that does not name itself. Sessions
 * that are shared between calls must be keyed by `capabilities`; `clientInfo` is only for display
 * (2026-07-28, Base Protocol, `_meta`), so the first caller's may stand for all.
 */
export function legacyClientOf(body: ParsedBody, fallback: JsonRecord): LegacyClient {
  return {
    capabilities: bridgedClientCapabilities(ownMember(body.meta, CLIENT_CAPABILITIES_KEY)),
    clientInfo: readImplementation(ownMember(body.meta, CLIENT_INFO_KEY)) ?? fallback,
  };
}
