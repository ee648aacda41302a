import type { AnswerHead, Frame, WireFailure } from './frame.js';
import { FlowReceiver } from './flow-receiver.js';
import { CHUNK_BYTES, FlowSender } from './flow-sender.js';
import type { Outlet } from '../endpoint/outlet.js';
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
  /** Until it goes along with the first piece. */
  #head: AnswerHead | undefined;
  #started: AnswerHead | undefined;
  #isOver = false;

  constructor(
    private readonly ask: Extract<Frame, { type: 'ask' }>,
    readonly peer: string,
    private readonly post: SendFrame,
    private readonly serve: (incoming: Incoming) => void | Promise<void>,
  ) {
    const { exchange } = ask;
    this.#answer = new FlowSender(
      (sequence, bytes, last) => {
        const head = this.#head;
        this.#head = undefined;
        post(
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
      this.post({ type: 'ack', exchange: this.id, way: 'down', bytes: this.request.consumedBytes });
    }
    if (last) void this.#run();
  }

  consumed(bytes: number): void {
    this.#answer.consumed(bytes);
  }

  get started(): boolean {
    return this.#started !== undefined;
  }

  get contentType(): string | undefined {
    return this.#started?.headers['content-type'];
  }

  get unreadBytes(): number {
    return this.#answer.unreadBytes;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: Buffer | readonly Buffer[] = []): void {
    const parts = Buffer.isBuffer(body) ? [body] : body;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length <= CHUNK_BYTES) {
      this.#begin({ status, headers });
      this.end(Buffer.concat(parts, length));
      return;
    }
    this.#begin({ status, headers: { ...headers, 'content-length': String(length) } });
    for (const part of parts) void this.write(part);
    this.end();
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.#begin({ status, headers });
    this.#answer.flush();
  }

  write(bytes: Buffer): Promise<void> | undefined {
    return this.#orBreakOff(() => this.#answer.write(bytes));
  }

  end(last?: Buffer): void {
    this.#orBreakOff(() => {
      this.#answer.end(last);
    });
  }

  destroy(error?: WireFailure): void {
    if (this.#isOver) return;
    this.post({ type: 'abort', exchange: this.id, way: 'down', error });
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

  #begin(head: AnswerHead): void {
    if (this.#started) throw new Error('the answer has been started');
    this.#started = head;
    this.#head = head;
  }

  /** Who writes without end and does not wait is broken off. */
  #orBreakOff<T>(write: () => T): T | undefined {
    try {
      return write();
    } catch {
      this.destroy();
      return undefined;
    }
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
