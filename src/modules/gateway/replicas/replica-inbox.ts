import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Secrets } from '../../../config/secrets.js';
import { messageOf } from '../../../kernel/app-error.js';
import type { RedisClient, RedisSubscriber } from '../../cache/index.js';
import { Exchanges, type ExchangeTimes } from './exchanges.js';
import { FrameCodec } from './frame-codec.js';
import type { Frame } from './frame.js';
import type { Incoming, SendFrame } from './incoming-exchange.js';
import { OutgoingExchange } from './outgoing-exchange.js';
import type { Outlet } from '../endpoint/outlet.js';
import { replicaGone, replicasUnavailable } from './replica-errors.js';

/** `gone`: nobody has that name any more. `unknown`: Redis is away or late, and it may have arrived. */
export type Delivery = 'delivered' | 'gone' | 'unknown';
export type ReplicaMessageListener = (meta: unknown, from: string) => void;
export type ReplicaHandler = (incoming: Incoming) => void | Promise<void>;

/** A call that another replica works on. */
export interface RemoteCall {
  /** `gone`: it did not run, so another way may be tried. */
  readonly delivery: Promise<Delivery>;
  /** Resolves when the sink has the whole answer; rejects with an `AppError`, and then a started sink is destroyed. */
  readonly done: Promise<void>;
  abort(): void;
}

interface Question {
  readonly kind: string;
  readonly meta: unknown;
  readonly body: Buffer;
  readonly sink: Outlet;
}

const TO_ALL = 'mreg:inbox:all';
const TIMES: ExchangeTimes = { silentAtMostMs: 10_000, beatEveryMs: 3000 };
const TICKS_A_BEAT = 3;
const NOTHING = Buffer.alloc(0);

/**
 * How replicas talk: each has an inbox in Redis, for messages and for calls whose answer comes back as
 * bytes. What is lost on the way is not sent again; whoever waits for it gives up.
 */
export class ReplicaInbox {
  readonly #log = new Logger('ReplicaInbox');
  readonly #codec: FrameCodec;
  readonly #exchanges: Exchanges;
  readonly #listeners = new Map<string, ReplicaMessageListener>();
  readonly #ticker: NodeJS.Timeout;
  readonly #handlers = new Map<string, ReplicaHandler>();
  #hasWarned = false;

  constructor(
    /** This replica's name. */
    readonly replica: string,
    private readonly redis: RedisClient,
    private readonly subscriber: RedisSubscriber,
    secrets: Secrets,
    times: ExchangeTimes = TIMES,
  ) {
    this.#codec = new FrameCodec(secrets, replica);
    this.#exchanges = new Exchanges(
      (peer) => this.#sendTo(peer),
      times,
      (incoming) => {
        const handler = this.#handlers.get(incoming.kind);
        if (!handler) throw new Error(`nothing serves ${incoming.kind} here`);
        return handler(incoming);
      },
    );
    this.#ticker = setInterval(() => {
      this.#exchanges.tick(performance.now());
    }, times.beatEveryMs / TICKS_A_BEAT).unref();
  }

  /** Calls that are open with other replicas. */
  get openExchanges(): number {
    return this.#exchanges.size;
  }

  /** Opens the inbox, at once or as soon as Redis is there. */
  join(): void {
    for (const channel of [inboxOf(this.replica), exchangesOf(this.replica), TO_ALL]) {
      this.subscriber.subscribe(channel, (message) => {
        this.#hear(channel, message);
      });
    }
  }

  /** Nothing new is taken, and others see that at once; what is open goes on. */
  async leave(): Promise<void> {
    await this.subscriber.unsubscribe(inboxOf(this.replica));
  }

  /** Breaks off what is open. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    this.#exchanges.endAll();
    await this.subscriber.unsubscribe(exchangesOf(this.replica));
  }

  /** One listener a kind. */
  onMessage(kind: string, listener: ReplicaMessageListener): void {
    this.#listeners.set(kind, listener);
  }

  /** What works on calls of other replicas, one handler a kind; an `AppError` that it throws is the asker's. */
  serve(kind: string, handler: ReplicaHandler): void {
    this.#handlers.set(kind, handler);
  }

  send(replica: string, kind: string, meta: unknown): Promise<Delivery> {
    return this.#deliver(inboxOf(replica), { type: 'message', kind, meta });
  }

  /** To all replicas but this one. */
  async broadcast(kind: string, meta: unknown): Promise<void> {
    await this.#deliver(TO_ALL, { type: 'message', kind, meta });
  }

  /**
   * Has another replica answer into `sink`. Never sent twice.
   * @throws AppError `gateway.replicas_unavailable` when there is no way to it now, `gateway.exchanges_exhausted`
   */
  ask(replica: string, kind: string, meta: unknown, body: Buffer, sink: Outlet): RemoteCall {
    return this.#ask(inboxOf(replica), replica, { kind, meta, body, sink });
  }

  /** {@link ask}, also of a replica that has left: for what belongs to something that it still works on. */
  askOpen(replica: string, kind: string, meta: unknown, body: Buffer, sink: Outlet): RemoteCall {
    return this.#ask(exchangesOf(replica), replica, { kind, meta, body, sink });
  }

  #ask(channel: string, replica: string, { kind, meta, body, sink }: Question): RemoteCall {
    this.#exchanges.refuseIfFull();
    if (!this.redis.isReady || !this.subscriber.isListening) throw replicasUnavailable();
    const id = randomBytes(12).toString('base64url');
    const ask: Frame = { type: 'ask', exchange: id, kind, meta, bodyBytes: body.length };
    const delivery = this.#deliver(channel, ask);
    const exchange = new OutgoingExchange(id, replica, this.#sendTo(replica), sink);
    this.#exchanges.addOutgoing(exchange);
    void delivery.then((outcome) => {
      if (outcome === 'gone') exchange.fail(replicaGone());
    });
    exchange.start(body);
    return {
      delivery,
      done: exchange.done,
      abort: () => {
        exchange.abort();
      },
    };
  }

  /** A frame of an open exchange: when nobody listens there, all of them are over. */
  #sendTo(peer: string): SendFrame {
    return (frame, bytes) => {
      void this.#deliver(exchangesOf(peer), frame, bytes).then((delivery) => {
        if (delivery === 'gone') this.#exchanges.gone(peer);
      });
    };
  }

  #deliver(channel: string, frame: Frame, bytes: Buffer = NOTHING): Promise<Delivery> {
    const encoded = this.#codec.encode(channel, frame, bytes);
    return this.redis.publish(channel, encoded).then((receivers) => {
      if (receivers === undefined) return 'unknown';
      return receivers > 0 ? 'delivered' : 'gone';
    });
  }

  #hear(channel: string, message: Buffer): void {
    const received = this.#codec.decode(channel, message);
    if (!received) {
      if (!this.#hasWarned) this.#log.warn('A message that no replica of this service sent is ignored');
      this.#hasWarned = true;
      return;
    }
    const { from, frame, bytes } = received;
    if (from === this.replica) return;
    switch (frame.type) {
      case 'message':
        this.#tell(frame.kind, frame.meta, from);
        return;
      case 'ask':
        this.#exchanges.ask(frame, from);
        return;
      case 'data':
        this.#exchanges.data(frame, from, bytes);
        return;
      case 'ack':
        this.#exchanges.ack(frame, from);
        return;
      case 'abort':
        this.#exchanges.abort(frame, from);
        return;
      case 'beat':
        this.#exchanges.beat(frame, from);
    }
  }

  #tell(kind: string, meta: unknown, from: string): void {
    try {
      this.#listeners.get(kind)?.(meta, from);
    } catch (error) {
      this.#log.error(`A message of kind ${kind} could not be taken: ${messageOf(error)}`);
    }
  }
}

/** For what is new. */
function inboxOf(replica: string): string {
  return `mreg:inbox:${replica}`;
}

/** For what goes on after the replica has left. */
function exchangesOf(replica: string): string {
  return `mreg:inbox:${replica}:exchanges`;
}
