import { Injectable } from '@nestjs/common';
import type { AbortLike } from '../../../kernel/light-abort.js';
import { CLIENT_CAPABILITIES_KEY, PROTOCOL_VERSION_KEY } from '../../../mcp/meta-keys.js';
import { addModernHeaders } from '../../../mcp/modern-headers.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { FIRST_MODERN_VERSION } from '../../../mcp/versions.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { EraDoubts } from '../forward/era-doubts.js';
import { isEventStream } from '../forward/relay.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { errorCodeOf } from '../forward/read-response.js';
import { postHeaders } from '../forward/upstream-exchange.js';

/** `subscriptions/listen` at a modern upstream, as a client of our own. */
@Injectable()
export class UpstreamListen {
  constructor(
    private readonly client: UpstreamClient,
    private readonly doubts: EraDoubts,
  ) {}

  /**
   * Hears every message until the stream ends.
   * @param notifications what to be told of, as the request's parameter has it.
   * @returns whether there was a stream. @throws AppError `egress.*`, and whatever breaks the stream.
   */
  async hear(
    server: RoutedServer,
    notifications: object,
    signal: AbortLike,
    hear: (message: Buffer) => void,
  ): Promise<boolean> {
    const headers = postHeaders();
    addModernHeaders(headers, FIRST_MODERN_VERSION, 'subscriptions/listen', undefined);
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: {
        notifications,
        _meta: { [PROTOCOL_VERSION_KEY]: FIRST_MODERN_VERSION, [CLIENT_CAPABILITIES_KEY]: {} },
      },
    };
    const body = Buffer.from(JSON.stringify(message));
    const answer = await this.client.request(server, { method: 'POST', body, headers, signal, stays: true });
    if (!isEventStream(answer)) {
      this.doubts.weigh(server, answer.statusCode, await errorCodeOf(answer));
      return false;
    }
    const decoder = new SseDecoder();
    for await (const chunk of answer.body) {
      for (const { data } of decoder.push(chunk)) if (data && data.length > 0) hear(data);
    }
    return true;
  }
}
