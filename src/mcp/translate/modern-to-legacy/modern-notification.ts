import { ownMember } from '../../json-record.js';
import { reachesLevel } from '../../log-levels.js';
import type { PeerNotification } from '../peer-message.js';
import { changeFate, dropped, encodeNotification, progressFate, type NotificationFate } from '../notification-fate.js';
import { untranslatable } from '../untranslatable.js';
import type { ModernCall } from './modern-call.js';

/**
 * What becomes of a legacy upstream's notification during a modern call. Only what belongs to the
 * call may go on its stream (2026-07-28, Streamable HTTP, Receiving Messages): its progress, and log
 * messages of the level that it asked for. `sentToken` is the progress token that the upstream was
 * given, which is that of the first request where `call` is a retry.
 */
export function toModernNotification(
  notification: PeerNotification,
  call: ModernCall,
  sentToken: unknown = call.progressToken,
): NotificationFate {
  const { method, params } = notification;
  switch (method) {
    case 'notifications/progress':
      return progressFate(notification, sentToken, call.progressToken);
    case 'notifications/message': {
      const reaches = reachesLevel(ownMember(params?.values, 'level'), call.logLevel);
      return reaches
        ? { kind: 'forward', bytes: encodeNotification(method, params?.members) }
        : dropped('The call did not ask for log messages of this level.');
    }
    case 'notifications/cancelled': {
      const requestId = params?.members.get('requestId')?.toString('utf8');
      return requestId === undefined ? dropped('It names no request.') : { kind: 'cancelled', requestId };
    }
    default:
      return (
        changeFate(notification) ??
        dropped(
          untranslatable(method, 'legacy', 'modern', 'server')?.why ?? 'It is not a message for the client of a call.',
        )
      );
  }
}
