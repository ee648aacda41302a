import type { AnswerHead, Frame, WireFailure } from './frame.js';
import { FlowReceiver } from './flow-receiver.js';
import { FlowSender } from './flow-sender.js';
import type { Outlet } from './outlet.js';
import { failureOf } from './replica-errors.js';

/** A request of another replica, whole. */
export interface Incoming {
  readonly from: string;
  readonly kind: string;
  readonly meta: unknown;
  readonly body: Buffer;
  readonly outlet: Outlet;
}

export type SendFrame = (frame: Frame, bytes?: Buffer) => void;

/** The owner's side of an exchange: takes the request's body together, and sends the answer. */
export class IncomingExchange implements Outlet {
  readonly request = new FlowReceiver();
  readonly #answer: FlowSender;
  readonly #body: Buffer[] = [];
  readonly #listeners: (() => void)[] = [];
  #bodyBytes = 0;
  #head: AnswerHead | undefined;
  #isStarted = false;
  #isOver = false;

  constructor(
    private readonly ask: Extract<Frame, { type: 'ask' }>,
    readonly peer: string,
    private readonly send: SendFrame,
    private readonly serve: (incoming: Incoming) => void | Promise<void>,
  ) {
    const { exchange } = ask;
    this.#answer = new FlowSender(
      (sequence, bytes, last) => {
        const head = this.#head;
        this.#head = undefined;
        send(
          { type: 'data', exchange, way: 'down', sequence, ...(head ? { head } : {}), ...(last ? { last } : {}) },
          bytes,
        );
      },
      () => {
        this.close();
      },
    );
    this.onClose(() => {
      this.#answer.close();
    });
  }

  get id(): string {
    return this.ask.exchange;
  }

  /** A piece of the body. */
  data(sequence: number, bytes: Buffer, last: boolean): void {
    this.#bodyBytes += bytes.length;
    if (!this.request.accept(sequence, bytes.length, last) || this.#bodyBytes > this.ask.bodyBytes) {
      this.destroy();
      return;
    }
    this.#body.push(bytes);
    if (this.request.consume(bytes.length)) {
      this.send({ type: 'ack', exchange: this.id, way: 'down', bytes: this.request.consumedBytes });
    }
    if (last) void this.#run();
  }

  consumed(bytes: number): void {
    this.#answer.consumed(bytes);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isStarted || this.#isOver) return;
    this.#isStarted = true;
    this.#head = { status, headers };
    // With the first bytes where they come at once.
    queueMicrotask(() => {
      if (this.#head && !this.#isOver) this.#answer.flush();
    });
  }

  async write(bytes: Buffer): Promise<void> {
    try {
      await this.#answer.write(bytes);
    } catch {
      this.destroy();
    }
  }

  end(bytes?: Buffer): void {
    try {
      this.#answer.end(bytes);
    } catch {
      this.destroy();
    }
  }

  destroy(error?: WireFailure): void {
    if (this.#isOver) return;
    this.send({ type: 'abort', exchange: this.id, way: 'down', error });
    this.close();
  }

  onClose(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#listeners.push(listener);
  }

  /** The exchange is over, and its asker knows or is gone. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  async #run(): Promise<void> {
    const { kind, meta } = this.ask;
    const body = Buffer.concat(this.#body.splice(0), this.#bodyBytes);
    try {
      await this.serve({ from: this.peer, kind, meta, body, outlet: this });
    } catch (error) {
      this.destroy(failureOf(error));
    }
  }
}
