import { ownMember } from '../../json-record.js';
import { CLIENT_CAPABILITIES_KEY, LOG_LEVEL_KEY } from '../../meta-keys.js';
import type { ParsedBody } from '../../parse-body.js';

/**
 * What the messages of a legacy upstream are translated against: the modern request that waits for
 * them now. A call that became `input_required` continues under its retry, which is another request
 * with another id. JSON through and through, so that it can travel.
 */
export interface ModernCall {
  /** JSON text. */
  readonly id: string;
  readonly method: string;
  readonly clientCapabilities: unknown;
  /** A string or an integer; `undefined`: no progress wanted. */
  readonly progressToken: unknown;
  /** `undefined`: no log messages wanted. */
  readonly logLevel: unknown;
}

export function modernCallOf(body: ParsedBody): ModernCall {
  return {
    id: body.rawId,
    method: body.method,
    clientCapabilities: ownMember(body.meta, CLIENT_CAPABILITIES_KEY),
    progressToken: ownMember(body.meta, 'progressToken'),
    logLevel: ownMember(body.meta, LOG_LEVEL_KEY),
  };
}
