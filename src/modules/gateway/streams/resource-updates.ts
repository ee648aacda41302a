import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import { CatalogueLists } from '../catalogue/lists.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from '../endpoint/exchange.js';
import { UpstreamListen } from './upstream-listen.js';

/** Listens at modern upstreams for updates of the resources that a client subscribed to. */
@Injectable()
export class ResourceUpdates {
  readonly #log = new Logger(ResourceUpdates.name);

  constructor(
    private readonly lists: CatalogueLists,
    private readonly upstream: UpstreamListen,
  ) {}

  /** Calls `updated` with the URI as the client named it, until the client leaves. */
  async follow(exchange: Exchange, uris: readonly string[], updated: (uri: string) => void): Promise<void> {
    const byServer = new Map<RoutedServer, Map<string, string>>();
    for (const uri of uris) {
      const { target } = exchange;
      const found =
        target.kind === 'server' ? { server: target.server, uri } : await this.lists.resource(exchange.scope, uri);
      if (found?.server.eras.modern === undefined) continue;
      const names = byServer.get(found.server) ?? new Map<string, string>();
      byServer.set(found.server, names.set(found.uri, uri));
    }
    for (const [server, names] of byServer) {
      this.#listen(exchange, server, names, updated).catch((error: unknown) => {
        if (!exchange.signal.aborted) this.#log.warn(`Resource updates of ${server.name} ended: ${messageOf(error)}`);
      });
    }
  }

  async #listen(
    exchange: Exchange,
    server: RoutedServer,
    names: ReadonlyMap<string, string>,
    updated: (uri: string) => void,
  ): Promise<void> {
    await this.upstream.hear(server, { resourceSubscriptions: [...names.keys()] }, exchange.signal, (message) => {
      const uri = updatedUri(message);
      if (uri !== undefined) updated(names.get(uri) ?? uri);
    });
  }
}

function updatedUri(data: Buffer): string | undefined {
  const message: unknown = JSON.parse(data.toString('utf8'));
  if (!isRecord(message) || message['method'] !== 'notifications/resources/updated') return undefined;
  const params = message['params'];
  const uri = isRecord(params) ? ownMember(params, 'uri') : undefined;
  return typeof uri === 'string' ? uri : undefined;
}
