import { encodeMembers, membersOf } from '../../object-members.js';

const RESERVED_PREFIX = 'io.modelcontextprotocol/';

/**
 * A modern `tools/call`, `prompts/get`, `resources/read` or `completion/complete` as a legacy
 * upstream gets it, under `id` (JSON text). `request` is a checked body with the upstream's own
 * names in it. Out go the reserved keys of `_meta` (a `_meta` that is empty then goes too) and what a
 * retry carries: `inputResponses`, `requestState`. All other values keep their bytes, `arguments`
 * among them, and `progressToken`, where none (JSON text) is given that is unique among the calls of a
 * session (2025-11-25, Progress). A `cursor` would too, but lists are answered by the gateway.
 */
export function toLegacyRequest(request: Buffer, id: string, progressToken?: string): Buffer {
  const members = membersOf(request);
  members.set('id', Buffer.from(id));
  const paramsBytes = members.get('params');
  if (paramsBytes) {
    const params = membersOf(paramsBytes);
    params.delete('inputResponses');
    params.delete('requestState');
    const metaBytes = params.get('_meta');
    if (metaBytes) {
      const meta = membersOf(metaBytes);
      for (const key of meta.keys()) if (key.startsWith(RESERVED_PREFIX)) meta.delete(key);
      if (progressToken !== undefined && meta.has('progressToken'))
        meta.set('progressToken', Buffer.from(progressToken));
      if (meta.size === 0) params.delete('_meta');
      else params.set('_meta', encodeMembers(meta));
    }
    members.set('params', encodeMembers(params));
  }
  return encodeMembers(members);
}

/**
 * Ends a call at the upstream, under the id that it was sent with (JSON text): what a modern client says by closing
 * its stream (2026-07-28, Streamable HTTP, Cancellation; 2025-11-25, Cancellation).
 */
export function legacyCancellation(id: string): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`);
}
