import { Injectable, Logger } from '@nestjs/common';
import type { AbortLike } from '../../../kernel/light-abort.js';
import { messageOf } from '../../../kernel/app-error.js';
import { isListChanged } from '../../../mcp/list-changed.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { Resync } from '../../servers/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { isEventStream, type Rewrite, rewritten } from '../forward/relay.js';
import type { Outlet } from '../endpoint/outlet.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import type { UpstreamSession } from '../sessions/client-session.js';
import { streamHeaders } from '../sessions/upstream-headers.js';

export interface StreamRelay {
  readonly server: RoutedServer;
  readonly upstream: UpstreamSession;
  readonly outlet: Outlet;
  readonly signal: AbortLike;
  /** Resumes behind this event, where the upstream can. */
  readonly lastEventId?: string | undefined;
  readonly rewrite?: Rewrite;
  /** Called when it is known whether the upstream has a stream. */
  readonly onAnswer?: () => void;
}

/** Not found is a session that is opened anew; a conflict the stream before this one, whose end was not noticed yet. */
function comesBack(status: number): boolean {
  return status === 404 || status === 409 || status === 429 || status >= 500;
}

/** How a relay ended. */
export interface RelayEnd {
  /** `none`: the upstream keeps no stream for this session. `ended`: it had one. `failed`: nobody knows. */
  readonly stream: 'none' | 'ended' | 'failed';
  /** Whether anything was heard. */
  readonly heard: boolean;
  readonly lastEventId: string | undefined;
}

/** The stream on which a legacy upstream speaks of its own accord. */
@Injectable()
export class UpstreamStream {
  readonly #log = new Logger(UpstreamStream.name);

  constructor(
    private readonly client: UpstreamClient,
    private readonly resync: Resync,
  ) {}

  /** Relays it for as long as both sides keep it. Does not throw. */
  async relay({ server, upstream, outlet, signal, rewrite, onAnswer, ...from }: StreamRelay): Promise<RelayEnd> {
    let { lastEventId } = from;
    let heard = false;
    try {
      const answer = await this.client.request(server, {
        method: 'GET',
        headers: streamHeaders(upstream, lastEventId),
        signal,
      });
      onAnswer?.();
      if (answer.statusCode !== 200 || !isEventStream(answer)) {
        await answer.body.dump();
        return { stream: comesBack(answer.statusCode) ? 'failed' : 'none', heard, lastEventId };
      }
      const decoder = new SseDecoder();
      for await (const chunk of answer.body) {
        for (const frame of decoder.push(chunk)) {
          heard = true;
          lastEventId = frame.id ?? lastEventId;
          const out = rewritten(frame, (data) => {
            if (!isListChanged(data)) return rewrite?.(data) ?? data;
            // The client is told by us, once our lists are those that the server has now.
            this.resync.soon(server.id);
            return undefined;
          });
          if (out) await outlet.write(out);
        }
      }
      return { stream: 'ended', heard, lastEventId };
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`The stream of ${server.name} ended: ${messageOf(error)}`);
      return { stream: 'failed', heard, lastEventId };
    } finally {
      onAnswer?.();
    }
  }
}
