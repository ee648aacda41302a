import { egressErrorOf, isConnectionError } from '../../../../egress/egress-errors.js';
import { AppError } from '../../../../kernel/app-error.js';
import type { LightAbort } from '../../../../kernel/light-abort.js';
import { legacyCancellation, toLegacyRequest } from '../../../../mcp/translate/modern-to-legacy/legacy-request.js';
import { refuseUnusable } from '../../forward/refuse-unusable.js';
import { isEventStream } from '../../forward/relay.js';
import type { UpstreamClient } from '../../forward/upstream-client.js';
import type { UpstreamAnswer } from '../../forward/upstream-exchange.js';
import { sessionVerdict } from '../../sessions/forgotten-session.js';
import type { SessionOpener } from '../../sessions/session-opener.js';
import { streamHeaders, upstreamHeaders } from '../../sessions/upstream-headers.js';
import type { Deadlines, Expiring } from '../deadlines.js';
import type { SessionCall } from './pooled-session.js';
import type { SessionLease, SessionPool, SessionWish } from './session-pool.js';
import { streamedMessages, wholeMessage } from './upstream-messages.js';

/** For a server that leaves its stream open behind its answer. */
const LINGER_MS = 1000;

/** What legs work with. */
export interface LegParts {
  readonly pool: SessionPool;
  readonly client: UpstreamClient;
  readonly opener: SessionOpener;
  readonly deadlines: Deadlines;
}

/** A call's way to its legacy server: the session, the request, and how long the server may be silent. */
export class UpstreamLeg implements Expiring {
  #lease: SessionLease | undefined;
  /** The answer is an event stream. */
  #streams = false;

  constructor(
    private readonly parts: LegParts,
    private readonly wish: SessionWish,
    /** With the server's own names in it. */
    private readonly request: Buffer,
    /** How long the server may say nothing of a call. */
    private readonly silentAtMostMs: number,
    private readonly abort: LightAbort,
  ) {}

  /** As JSON text; empty before the request was sent. */
  get id(): string {
    return this.#lease?.id ?? '';
  }

  /** With which the server was asked for progress, where the client wants it: its own may not be unique here. */
  get progressToken(): number {
    return Number(this.id);
  }

  /**
   * Sends the request and yields what comes of it, until the server has nothing more to say.
   * @param over whether the answer was among it.
   * @throws AppError `gateway.*`, `egress.*`, or the reason of the abort.
   */
  async *messages(call: SessionCall, over: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    const { client, deadlines } = this.parts;
    const { server } = this.wish;
    try {
      const answer = await this.#send(call);
      await refuseUnusable(answer, server, 'legacy');
      this.#streams = isEventStream(answer);
      if (!this.#streams) {
        // Its body has a deadline of its own.
        yield await wholeMessage(answer);
        return;
      }
      this.heard();
      const resume = (lastEventId: string): Promise<UpstreamAnswer> =>
        client.request(server, {
          method: 'GET',
          headers: streamHeaders(this.#session().upstream, lastEventId),
          signal: this.abort,
        });
      yield* streamedMessages(answer, { resume, over, signal: this.abort });
    } catch (error) {
      if (this.abort.aborted) throw this.abort.reason;
      throw isConnectionError(error) ? egressErrorOf(error, new URL(server.url).host) : error;
    } finally {
      deadlines.clear(this);
    }
  }

  /** The server said something: its time begins anew. */
  heard(): void {
    this.parts.deadlines.set(this, this.silentAtMostMs);
  }

  /** It is not the server that is waited for. */
  pause(): void {
    this.parts.deadlines.clear(this);
  }

  expire(): void {
    this.abort.abort(new AppError('upstream_timeout', 'gateway.timeout', 'The server was silent for too long.'));
  }

  /** What the server need not hear. */
  say(message: Buffer): void {
    const { server, upstream } = this.#session();
    void this.parts.opener.post(server, upstream, message);
  }

  /** What the server waits for. @throws AppError when it could not be told. */
  async tell(message: Buffer): Promise<void> {
    const { server, upstream } = this.#session();
    const answer = await this.parts.client.request(server, {
      method: 'POST',
      headers: upstreamHeaders(upstream),
      body: message,
      signal: this.abort,
    });
    await answer.body.dump();
    if (answer.statusCode < 300) return;
    throw new AppError(
      'upstream_failed',
      'gateway.upstream_status',
      `${server.name} did not take the answer to its question (HTTP ${String(answer.statusCode)}).`,
    );
  }

  /** @param end `cancelled`: the server may still work on it, and is told to stop. */
  over(end: 'answered' | 'failed' | 'cancelled'): void {
    const lease = this.#lease;
    if (!lease) return;
    if (end === 'answered') {
      lease.release('reusable');
      if (this.#streams) this.parts.deadlines.set(this, LINGER_MS);
    } else if (end === 'failed') lease.release('broken');
    else {
      const { server, upstream } = lease.session;
      void this.parts.opener.post(server, upstream, legacyCancellation(lease.id)).then(() => lease.release('broken'));
    }
  }

  /** A server that forgot the session ran nothing: the one case in which the request goes again, once. */
  async #send(call: SessionCall): Promise<UpstreamAnswer> {
    const lease = await this.#take(call);
    const answer = await this.#post(lease);
    if (lease.session.upstream.sessionId === undefined) return answer;
    const verdict = await sessionVerdict(answer);
    if (!verdict.forgotten) return verdict.answer;
    lease.release('forgotten');
    return this.#post(await this.#take(call));
  }

  async #take(call: SessionCall): Promise<SessionLease> {
    const lease = await this.parts.pool.acquire(this.wish, call);
    if (this.abort.aborted) {
      lease.release('reusable');
      throw this.abort.reason;
    }
    this.#lease = lease;
    await this.parts.pool.prepare(lease, this.wish.wantsLogs);
    return lease;
  }

  #post({ session: { server, upstream }, id }: SessionLease): Promise<UpstreamAnswer> {
    return this.parts.client.request(server, {
      method: 'POST',
      headers: upstreamHeaders(upstream),
      body: toLegacyRequest(this.request, id, id),
      signal: this.abort,
    });
  }

  #session(): SessionLease['session'] {
    if (!this.#lease) throw new Error('the call has no session yet');
    return this.#lease.session;
  }
}
