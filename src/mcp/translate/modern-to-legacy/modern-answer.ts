import { encodeResult, type ResultEnvelope } from '../../envelope.js';
import { SERVER_INFO_KEY } from '../../meta-keys.js';
import { METHODS } from '../../methods.js';
import { encodeMembers } from '../../object-members.js';
import { innerObject, type PeerError, type PeerResult } from '../peer-message.js';
import type { ModernCall } from './modern-call.js';
import { toModernError, type ModernAnswer } from './modern-error.js';

/** A resource may change at any time, and no legacy server says for how long its contents hold. */
const UNKNOWN_LIFETIME = { ttlMs: 0 };

/**
 * A legacy upstream's answer as the modern client gets it, under the client's id: whole bytes, and
 * the HTTP status of an answer that nothing went before.
 */
export function toModernAnswer(
  answer: PeerResult | PeerError,
  call: ModernCall,
  envelope: ResultEnvelope,
): ModernAnswer {
  if (answer.kind === 'error') return toModernError(answer, call, envelope);
  return { kind: 'result', httpStatus: 200, bytes: encodeResult(call.id, toModernResult(answer, call, envelope)) };
}

/**
 * `resultType: complete`, the gateway's name in `_meta` and, where the method has it, the cache
 * hint; the upstream's own members of these names give way, all its other bytes stay.
 */
function toModernResult({ result }: PeerResult, call: ModernCall, envelope: ResultEnvelope): Buffer {
  const cacheable = METHODS.get(call.method)?.cacheable === true;
  const members = new Map(result.members);
  for (const key of ['resultType', '_meta', ...(cacheable ? ['ttlMs', 'cacheScope'] : [])]) members.delete(key);
  const meta = innerObject(result, '_meta')?.members;
  meta?.delete(SERVER_INFO_KEY);
  return envelope.modern(encodeMembers(members), cacheable ? UNKNOWN_LIFETIME : undefined, meta);
}
