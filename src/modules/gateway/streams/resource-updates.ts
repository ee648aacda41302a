import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import { CLIENT_CAPABILITIES_KEY, PROTOCOL_VERSION_KEY } from '../../../mcp/meta-keys.js';
import { addModernHeaders } from '../../../mcp/modern-headers.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { FIRST_MODERN_VERSION } from '../../../mcp/versions.js';
import { CatalogueLists } from '../catalogue/lists.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isEventStream } from '../forward/relay.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { POST_HEADERS } from '../forward/upstream-exchange.js';

/** Listens at modern upstreams for updates of the resources that a client subscribed to. */
@Injectable()
export class ResourceUpdates {
  readonly #log = new Logger(ResourceUpdates.name);

  constructor(
    private readonly lists: CatalogueLists,
    private readonly client: UpstreamClient,
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
    const headers: Record<string, string> = { ...POST_HEADERS };
    addModernHeaders(headers, FIRST_MODERN_VERSION, 'subscriptions/listen', undefined);
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: {
        notifications: { resourceSubscriptions: [...names.keys()] },
        _meta: { [PROTOCOL_VERSION_KEY]: FIRST_MODERN_VERSION, [CLIENT_CAPABILITIES_KEY]: {} },
      },
    };
    const body = Buffer.from(JSON.stringify(message));
    const answer = await this.client.request(server, { method: 'POST', body, headers, signal: exchange.signal });
    if (!isEventStream(answer)) {
      await answer.body.dump();
      return;
    }
    const decoder = new SseDecoder();
    for await (const chunk of answer.body) {
      for (const { data } of decoder.push(chunk)) {
        const uri = data && updatedUri(data);
        if (uri !== undefined) updated(names.get(uri) ?? uri);
      }
    }
  }
}

function updatedUri(data: Buffer): string | undefined {
  const message: unknown = JSON.parse(data.toString('utf8'));
  if (!isRecord(message) || message['method'] !== 'notifications/resources/updated') return undefined;
  const params = message['params'];
  const uri = isRecord(params) ? ownMember(params, 'uri') : undefined;
  return typeof uri === 'string' ? uri : undefined;
}
