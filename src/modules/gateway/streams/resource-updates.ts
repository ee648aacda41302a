import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import { changeFate } from '../../../mcp/translate/notification-fate.js';
import { readPeerMessage } from '../../../mcp/translate/peer-message.js';
import { CatalogueLists } from '../catalogue/lists.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from '../endpoint/exchange.js';
import { LegacyListen } from './legacy-listen.js';
import { reopening, type StreamEnd } from './reopening.js';
import { UpstreamListen } from './upstream-listen.js';

/** Listens at upstreams for updates of the resources that a modern client subscribed to. */
@Injectable()
export class ResourceUpdates {
  readonly #log = new Logger(ResourceUpdates.name);

  constructor(
    private readonly lists: CatalogueLists,
    private readonly upstream: UpstreamListen,
    private readonly legacy: LegacyListen,
  ) {}

  /** Calls `updated` with the URI as the client named it, until the client leaves. */
  async follow(exchange: Exchange, uris: readonly string[], updated: (uri: string) => void): Promise<void> {
    const byServer = new Map<RoutedServer, Map<string, string>>();
    for (const uri of uris) {
      const { target } = exchange;
      const found =
        target.kind === 'server' ? { server: target.server, uri } : await this.lists.resource(exchange.scope, uri);
      if (!found) continue;
      const names = byServer.get(found.server) ?? new Map<string, string>();
      byServer.set(found.server, names.set(found.uri, uri));
    }
    for (const [server, names] of byServer) {
      void reopening(exchange.signal, () => this.#listen(exchange, server, names, updated));
    }
  }

  async #listen(
    exchange: Exchange,
    server: RoutedServer,
    names: ReadonlyMap<string, string>,
    updated: (uri: string) => void,
  ): Promise<StreamEnd> {
    const { signal } = exchange;
    let heard = false;
    const changed = (uri: string): void => {
      heard = true;
      updated(names.get(uri) ?? uri);
    };
    try {
      const uris = [...names.keys()];
      const opened =
        server.eras.modern === undefined
          ? await this.legacy.hear(server, uris, signal, changed)
          : await this.upstream.hear(server, { resourceSubscriptions: uris }, signal, (message) => {
              const uri = this.#updatedUri(server, message);
              if (uri !== undefined) changed(uri);
            });
      if (!opened) return 'over';
    } catch (error) {
      if (!signal.aborted) this.#log.warn(`Resource updates of ${server.name} ended: ${messageOf(error)}`);
    }
    return heard ? 'heard' : 'silent';
  }

  /** One message that cannot be read hurts nobody. */
  #updatedUri(server: RoutedServer, data: Buffer): string | undefined {
    try {
      const message = readPeerMessage(data);
      const fate = message.kind === 'notification' ? changeFate(message) : undefined;
      return fate?.kind === 'resource_updated' ? fate.uri : undefined;
    } catch (error) {
      this.#log.debug(`${server.name} said something that cannot be used: ${messageOf(error)}`);
      return undefined;
    }
  }
}
