/** Reserved `_meta` keys of revision 2026-07-28. */
export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
export const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';
export const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
export const LOG_LEVEL_KEY = 'io.modelcontextprotocol/logLevel';
export const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';
export const SUBSCRIPTION_ID_KEY = 'io.modelcontextprotocol/subscriptionId';

/** What the `_meta` of every modern request must have; `clientInfo` is only recommended. */
export const REQUIRED_META_KEYS: readonly string[] = Object.freeze([PROTOCOL_VERSION_KEY, CLIENT_CAPABILITIES_KEY]);
