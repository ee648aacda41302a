import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../../kernel/app-error.js';
import { SseDecoder } from '../../../../mcp/sse-decoder.js';
import { isEventStream } from '../../forward/relay.js';
import { UpstreamClient } from '../../forward/upstream-client.js';
import { streamHeaders } from '../../sessions/upstream-headers.js';
import { reopening, type StreamEnd } from '../../streams/reopening.js';
import { UnownedMessages } from '../../streams/unowned-messages.js';
import type { PooledSession } from './pooled-session.js';

/** A first call waits for the stream, since the server may ask on it; one that never answers holds up nobody. */
const READY_WITHIN_MS = 500;

/** Listens on the stream of a session that has one call at a time: what the server says there is that call's. */
@Injectable()
export class SessionEar {
  readonly #log = new Logger(SessionEar.name);

  constructor(
    private readonly client: UpstreamClient,
    private readonly unowned: UnownedMessages,
  ) {}

  /** Until the session ends. Resolves once it is known whether the server has a stream, or after a moment. */
  async listen(session: PooledSession): Promise<void> {
    const known = new Promise<void>((resolve) => {
      void reopening(session.ended, () => this.#hear(session, resolve)).then(resolve);
    });
    await Promise.race([known, sleep(READY_WITHIN_MS, undefined, { ref: false })]);
  }

  async #hear(session: PooledSession, onAnswer: () => void): Promise<StreamEnd> {
    const { server, upstream, ended: signal } = session;
    let heard = false;
    try {
      const answer = await this.client.request(server, { method: 'GET', headers: streamHeaders(upstream), signal });
      onAnswer();
      if (answer.statusCode !== 200 || !isEventStream(answer)) {
        await answer.body.dump();
        return answer.statusCode >= 500 || answer.statusCode === 429 ? 'silent' : 'over';
      }
      const decoder = new SseDecoder();
      for await (const chunk of answer.body) {
        for (const { data } of decoder.push(chunk)) {
          heard = true;
          if (data && data.length > 0) this.#deliver(session, data);
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`The stream of ${server.name} ended: ${messageOf(error)}`);
    }
    return heard ? 'heard' : 'silent';
  }

  #deliver(session: PooledSession, data: Buffer): void {
    const [call] = session.calls.values();
    if (call) call.hear(data);
    else this.unowned.hear(session.server, session.upstream, data);
  }
}
