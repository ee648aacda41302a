import { Beats } from './beats.js';
import type { Acks, Frame } from './frame.js';
import { IncomingExchange, type Incoming, type SendFrame } from './incoming-exchange.js';
import { OutgoingExchange } from './outgoing-exchange.js';
import { exchangesExhausted, failureOf, replicaGone } from './replica-errors.js';

export interface ExchangeTimes {
  /** A replica that nothing is heard of for this long is gone. */
  readonly silentAtMostMs: number;
  readonly beatEveryMs: number;
}

/** In each direction. */
const EXCHANGES_AT_MOST = 1000;
const BODY_BYTES_AT_MOST = 16 * 1024 * 1024;

/** The exchanges that are open with other replicas: who hears what, and who is silent for too long. */
export class Exchanges {
  readonly #outgoing = new Map<string, OutgoingExchange>();
  readonly #incoming = new Map<string, IncomingExchange>();
  /** When something was last heard of an exchange. */
  readonly #heardMs = new Map<string, number>();
  readonly #beats: Beats;

  constructor(
    private readonly sendTo: (peer: string) => SendFrame,
    private readonly times: ExchangeTimes,
    private readonly serve: (incoming: Incoming) => void | Promise<void>,
  ) {
    this.#beats = new Beats(times.beatEveryMs);
  }

  get size(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  refuseIfFull(): void {
    if (this.#outgoing.size >= EXCHANGES_AT_MOST) throw exchangesExhausted();
  }

  addOutgoing(exchange: OutgoingExchange): void {
    this.#outgoing.set(exchange.id, exchange);
    this.#heardMs.set(exchange.id, performance.now());
    const forget = (): void => {
      this.#outgoing.delete(exchange.id);
      this.#heardMs.delete(exchange.id);
    };
    exchange.done.then(forget, forget);
  }

  ask(frame: Extract<Frame, { type: 'ask' }>, from: string): void {
    const send = this.sendTo(from);
    if (this.#incoming.has(frame.exchange)) return;
    if (this.#incoming.size >= EXCHANGES_AT_MOST || frame.bodyBytes > BODY_BYTES_AT_MOST) {
      send({ type: 'abort', exchange: frame.exchange, way: 'down', error: failureOf(exchangesExhausted()) });
      return;
    }
    const exchange = new IncomingExchange(frame, from, send, this.serve);
    this.#incoming.set(exchange.id, exchange);
    this.#heardMs.set(exchange.id, performance.now());
    exchange.onClose(() => {
      this.#incoming.delete(exchange.id);
      this.#heardMs.delete(exchange.id);
    });
  }

  data(frame: Extract<Frame, { type: 'data' }>, from: string, bytes: Buffer): void {
    if (frame.way === 'up') this.#incomingOf(frame.exchange, from)?.data(frame.sequence, bytes, frame.last ?? false);
    else this.#outgoingOf(frame.exchange, from)?.data(frame, bytes);
  }

  ack({ way, exchange, bytes }: Extract<Frame, { type: 'ack' }>, from: string): void {
    if (way === 'up') this.#incomingOf(exchange, from)?.consumed(bytes);
    else this.#outgoingOf(exchange, from)?.consumed(bytes);
  }

  abort(frame: Extract<Frame, { type: 'abort' }>, from: string): void {
    if (frame.way === 'up') this.#incomingOf(frame.exchange, from)?.close();
    else this.#outgoingOf(frame.exchange, from)?.aborted(frame);
  }

  /** What the other side thinks is open and is not, it hears of. */
  beat({ up, down }: Extract<Frame, { type: 'beat' }>, from: string): void {
    const send = this.sendTo(from);
    for (const [exchange, bytes] of Object.entries(up)) {
      const known = this.#incomingOf(exchange, from);
      if (known) known.consumed(bytes);
      else send({ type: 'abort', exchange, way: 'down' });
    }
    for (const [exchange, bytes] of Object.entries(down)) {
      const known = this.#outgoingOf(exchange, from);
      if (known) known.consumed(bytes);
      else send({ type: 'abort', exchange, way: 'up' });
    }
  }

  /** Nobody listens under that name any more. */
  gone(peer: string): void {
    for (const exchange of this.#outgoing.values()) {
      if (exchange.peer === peer && exchange.isWaiting) exchange.fail(replicaGone());
    }
    for (const exchange of this.#incoming.values()) if (exchange.peer === peer) exchange.close();
  }

  tick(nowMs: number): void {
    this.#endSilent(nowMs);
    const peers = new Set([...this.#outgoing.values(), ...this.#incoming.values()].map(({ peer }) => peer));
    for (const peer of this.#beats.due(peers, nowMs)) {
      const up: Acks = Object.fromEntries(
        [...this.#outgoing.values()]
          .filter((exchange) => exchange.peer === peer && exchange.isWaiting)
          .map((exchange) => [exchange.id, exchange.answer.consumedBytes]),
      );
      const down: Acks = Object.fromEntries(
        [...this.#incoming.values()]
          .filter((exchange) => exchange.peer === peer)
          .map((exchange) => [exchange.id, exchange.request.consumedBytes]),
      );
      this.sendTo(peer)({ type: 'beat', up, down });
    }
  }

  /** This replica ends: both sides of everything hear of it. */
  endAll(): void {
    for (const exchange of this.#outgoing.values()) exchange.abort(replicaGone());
    for (const exchange of this.#incoming.values()) exchange.destroy(failureOf(replicaGone()));
  }

  #endSilent(nowMs: number): void {
    const isSilent = (id: string): boolean => nowMs - (this.#heardMs.get(id) ?? nowMs) > this.times.silentAtMostMs;
    for (const exchange of this.#outgoing.values()) {
      if (exchange.isWaiting && isSilent(exchange.id)) exchange.abort(replicaGone());
    }
    for (const exchange of this.#incoming.values()) if (isSilent(exchange.id)) exchange.destroy();
  }

  #incomingOf(id: string, from: string): IncomingExchange | undefined {
    return this.#heard(this.#incoming.get(id), from);
  }

  #outgoingOf(id: string, from: string): OutgoingExchange | undefined {
    return this.#heard(this.#outgoing.get(id), from);
  }

  /** An exchange is between two replicas; a third has no say in it. */
  #heard<E extends { readonly id: string; readonly peer: string }>(
    exchange: E | undefined,
    from: string,
  ): E | undefined {
    if (exchange?.peer !== from) return undefined;
    this.#heardMs.set(exchange.id, performance.now());
    return exchange;
  }
}
