import { Injectable } from '@nestjs/common';
import type { AbortLike } from '../../../kernel/light-abort.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { LEGACY_VERSIONS } from '../../../mcp/versions.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { isEventStream } from '../forward/relay.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { GATEWAY_INFO } from '../own-answers.js';
import type { UpstreamSession } from '../sessions/client-session.js';
import { SessionOpener } from '../sessions/session-opener.js';
import { streamHeaders } from '../sessions/upstream-headers.js';
import { UnownedMessages } from './unowned-messages.js';

/** What `subscriptions/listen` is at a legacy server: a session of its own, its subscriptions, and its stream. */
@Injectable()
export class LegacyListen {
  constructor(
    private readonly client: UpstreamClient,
    private readonly opener: SessionOpener,
    private readonly messages: UnownedMessages,
  ) {}

  /**
   * Hears of changes until the stream ends, and takes the session with it.
   * @param uris as the server names them. @param updated told of each that changed.
   * @returns whether there was a stream. @throws AppError `gateway.*`, `egress.*`, and whatever breaks the stream.
   */
  async hear(
    server: RoutedServer,
    uris: readonly string[],
    signal: AbortLike,
    updated?: (uri: string) => void,
  ): Promise<boolean> {
    const upstream = await this.opener.open(server, {
      protocolVersion: LEGACY_VERSIONS[0] ?? '',
      capabilities: {},
      clientInfo: GATEWAY_INFO,
    });
    try {
      return await this.#follow(server, upstream, uris, signal, updated);
    } finally {
      void this.opener.end(server, upstream);
    }
  }

  async #follow(
    server: RoutedServer,
    upstream: UpstreamSession,
    uris: readonly string[],
    signal: AbortLike,
    updated?: (uri: string) => void,
  ): Promise<boolean> {
    const answer = await this.client.request(server, { method: 'GET', headers: streamHeaders(upstream), signal });
    if (answer.statusCode !== 200 || !isEventStream(answer)) {
      await answer.body.dump();
      return false;
    }
    // Once there is a stream, so that no update falls between the two.
    for (const uri of uris) void this.opener.subscribe(server, upstream, uri);
    const decoder = new SseDecoder();
    for await (const chunk of answer.body) {
      for (const { data } of decoder.push(chunk)) {
        if (data && data.length > 0) this.messages.hear(server, upstream, data, updated);
      }
    }
    return true;
  }
}
