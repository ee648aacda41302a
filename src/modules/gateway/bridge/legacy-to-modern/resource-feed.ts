import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../../kernel/app-error.js';
import { mountUri } from '../../../../mcp/mounted-uri.js';
import { encodeSseMessage } from '../../../../mcp/sse-encoder.js';
import { toLegacyNotification } from '../../../../mcp/translate/legacy-to-modern/legacy-notification.js';
import { encodeNotification } from '../../../../mcp/translate/notification-fate.js';
import { readPeerMessage } from '../../../../mcp/translate/peer-message.js';
import { CatalogueLists } from '../../catalogue/lists.js';
import { isModernOnly, type RoutedServer } from '../../catalogue/routed-server.js';
import { RouteTable } from '../../catalogue/route-table.js';
import type { Exchange } from '../../endpoint/exchange.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { reopening, type StreamEnd } from '../../streams/reopening.js';
import { UpstreamListen } from '../../streams/upstream-listen.js';

export interface Feed {
  readonly session: ClientSession;
  readonly serverId: string;
  readonly signal: AbortSignal;
  /** Where to say it: the session's newest stream at that moment. */
  readonly stream: () => Exchange | undefined;
  /** The server listens to this subscription now. */
  readonly onOpen: () => void;
}

/** `subscriptions/listen` at one modern server for all the resources that a legacy session subscribed to. */
@Injectable()
export class ResourceFeed {
  readonly #log = new Logger(ResourceFeed.name);

  constructor(
    private readonly routes: RouteTable,
    private readonly lists: CatalogueLists,
    private readonly listen: UpstreamListen,
  ) {}

  /** Until the signal aborts or there is nothing to hear, opened again whenever the server ends it. Does not reject. */
  follow(feed: Feed): Promise<void> {
    return reopening(feed.signal, () => this.#hear(feed));
  }

  async #hear({ session, serverId, signal, stream, onOpen }: Feed): Promise<StreamEnd> {
    const uris = session.subscriptions.get(serverId);
    const scope = stream()?.scope;
    const server = scope && this.routes.byId(scope, serverId);
    if (!uris || uris.size === 0 || !server || !isModernOnly(server)) return 'over';
    let heard = false;
    try {
      await this.listen.hear(server, { resourceSubscriptions: [...uris] }, signal, (data) => {
        if (!heard) onOpen();
        heard = true;
        this.#tell(server, stream(), data);
      });
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`Resource updates of ${server.name} ended: ${messageOf(error)}`);
    }
    return heard ? 'heard' : 'silent';
  }

  /** @throws AppError `mcp.bad_message`. */
  #tell(server: RoutedServer, exchange: Exchange | undefined, data: Buffer): void {
    const message = readPeerMessage(data);
    const fate = message.kind === 'notification' ? toLegacyNotification(message) : undefined;
    if (!exchange || fate?.kind !== 'resource_updated') return;
    this.#exposed(server, exchange, fate.uri).then(
      (uri) => {
        const params = new Map([['uri', Buffer.from(JSON.stringify(uri))]]);
        const bytes = uri === fate.uri ? fate.bytes : encodeNotification('notifications/resources/updated', params);
        void exchange.outlet.write(encodeSseMessage(bytes));
      },
      (error: unknown) => this.#log.warn(`An update of ${server.name} was lost: ${messageOf(error)}`),
    );
  }

  /** As the client of this endpoint knows the resource. */
  async #exposed(server: RoutedServer, { target, scope }: Exchange, uri: string): Promise<string> {
    if (target.kind === 'server') return uri;
    const found = await this.lists.resource(scope, uri);
    return found?.server.id === server.id ? uri : mountUri(server.alias, uri);
  }
}
