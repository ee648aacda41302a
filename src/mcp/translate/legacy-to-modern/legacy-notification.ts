import type { PeerNotification } from '../peer-message.js';
import { changeFate, dropped, encodeNotification, progressFate, type NotificationFate } from '../notification-fate.js';
import { untranslatable } from '../untranslatable.js';

/**
 * What becomes of a modern upstream's notification, on the stream of a call or of a subscription
 * that the gateway opened for a legacy client. `progressToken` is the call's; a subscription has
 * none. Log messages pass: the server got the session's level, and before one is set it may send
 * what it likes (2025-11-25, Logging). The acknowledgement of a subscription is for the gateway.
 */
export function toLegacyNotification(notification: PeerNotification, progressToken?: unknown): NotificationFate {
  const { method, params } = notification;
  switch (method) {
    case 'notifications/progress':
      return progressFate(notification, progressToken, progressToken);
    case 'notifications/message':
      return params ? { kind: 'forward', bytes: encodeNotification(method, params.members) } : dropped('It is empty.');
    case 'notifications/subscriptions/acknowledged':
      return dropped('The gateway opened the subscription, not the client.');
    case 'notifications/cancelled':
      // 2026-07-28, Cancellation: servers send it for subscriptions only, and over HTTP close the stream instead.
      return dropped('A server of 2026-07-28 cancels nothing over HTTP.');
    default:
      return (
        changeFate(notification) ??
        dropped(untranslatable(method, 'modern', 'legacy', 'server')?.why ?? 'It is not a message for a client.')
      );
  }
}
