import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import { toInputRequest } from '../../../mcp/translate/modern-to-legacy/server-request.js';
import { type PeerNotification, readPeerMessage } from '../../../mcp/translate/peer-message.js';
import { changeFate } from '../../../mcp/translate/notification-fate.js';
import { Resync } from '../../servers/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { UpstreamSession } from '../sessions/client-session.js';
import { SessionOpener } from '../sessions/session-opener.js';

/** What a legacy server says on a session while no client is there whom it could mean. */
@Injectable()
export class UnownedMessages {
  readonly #log = new Logger(UnownedMessages.name);

  constructor(
    private readonly opener: SessionOpener,
    private readonly resync: Resync,
  ) {}

  /**
   * A ping is answered, a question refused, a changed list read anew; one message that cannot be read hurts nobody.
   * @param updated told of a resource that changed, by its URI.
   */
  hear(server: RoutedServer, upstream: UpstreamSession, data: Buffer, updated?: (uri: string) => void): void {
    try {
      const message = readPeerMessage(data);
      if (message.kind === 'notification') this.#notified(server, message, updated);
      else if (message.kind === 'request') {
        const fate = toInputRequest(message, {});
        if (fate.kind === 'answer') void this.opener.post(server, upstream, fate.bytes);
      }
    } catch (error) {
      this.#log.debug(`${server.name} said something that cannot be used: ${messageOf(error)}`);
    }
  }

  #notified(server: RoutedServer, message: PeerNotification, updated?: (uri: string) => void): void {
    const fate = changeFate(message);
    if (fate?.kind === 'list_changed') this.resync.soon(server.id);
    else if (fate?.kind === 'resource_updated') updated?.(fate.uri);
  }
}
