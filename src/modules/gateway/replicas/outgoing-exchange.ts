import type { Frame } from './frame.js';
import { FlowReceiver } from './flow-receiver.js';
import { FlowSender } from './flow-sender.js';
import type { SendFrame } from './incoming-exchange.js';
import type { Outlet } from '../endpoint/outlet.js';
import { errorOf, replicaGone } from './replica-errors.js';

/** The asker's side of an exchange: sends the request's body, and passes the answer on to its sink. */
export class OutgoingExchange {
  readonly answer = new FlowReceiver();
  /** Resolves when the sink has the whole answer; rejects with an `AppError`, and then a started sink is destroyed. */
  readonly done: Promise<void>;
  readonly #request: FlowSender;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #passing: Promise<void> = Promise.resolve();
  #isStarted = false;

  constructor(
    readonly id: string,
    readonly peer: string,
    private readonly send: SendFrame,
    private readonly sink: Outlet,
  ) {
    this.done = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.done.catch(() => undefined);
    this.#request = new FlowSender(
      (sequence, bytes, last) => {
        send({ type: 'data', exchange: id, way: 'up', sequence, ...(last ? { last } : {}) }, bytes);
      },
      () => undefined,
    );
    sink.onClose(() => {
      this.abort();
    });
  }

  /** Whether anything is still expected of the other side. */
  get isWaiting(): boolean {
    return !this.isOver && !this.answer.isWhole;
  }

  get isOver(): boolean {
    return this.#settle === undefined;
  }

  /** The body, after its opening frame. */
  start(body: Buffer): void {
    this.#request.end(body);
  }

  consumed(bytes: number): void {
    this.#request.consumed(bytes);
  }

  data({ sequence, head, last = false }: Extract<Frame, { type: 'data' }>, bytes: Buffer): void {
    if (this.isOver) return;
    if (!this.answer.accept(sequence, bytes.length, last)) {
      this.abort(replicaGone(new Error('a piece of the answer is missing')));
      return;
    }
    // What waits here is bounded by what the sender may have under way.
    this.#passing = this.#passing.then(async () => {
      if (this.isOver) return;
      if (last) {
        this.#finish();
        if (head) this.sink.send(head.status, head.headers, bytes.length > 0 ? bytes : undefined);
        else this.sink.end(bytes);
        return;
      }
      if (head) {
        this.#isStarted = true;
        this.sink.start(head.status, head.headers);
      }
      if (bytes.length > 0) await this.sink.write(bytes);
      if (this.answer.consume(bytes.length) && !this.isOver) {
        this.send({ type: 'ack', exchange: this.id, way: 'up', bytes: this.answer.consumedBytes });
      }
    });
    this.#passing.catch((error: unknown) => {
      this.abort(error);
    });
  }

  /** The other side has ended it. */
  aborted({ error }: Extract<Frame, { type: 'abort' }>): void {
    // The owner forgets an exchange with its last piece, which may wait here for its reader.
    if (this.answer.isWhole) return;
    this.fail(error ? errorOf(error) : replicaGone(new Error('the answer was broken off')));
  }

  /** Ends it on both sides. */
  abort(error: unknown = replicaGone(new Error('it was called off here'))): void {
    if (this.isOver) return;
    this.send({ type: 'abort', exchange: this.id, way: 'up' });
    this.fail(error);
  }

  fail(error: unknown): void {
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = undefined;
    this.#request.close();
    settle.reject(error);
    if (this.#isStarted) this.sink.destroy();
  }

  #finish(): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#request.close();
    settle?.resolve();
  }
}
