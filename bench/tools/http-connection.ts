import { connect, type Socket } from 'node:net';
import { type ResponseHead, readHead } from './response-head.js';

export interface Reply {
  readonly status: number;
  readonly head: ResponseHead;
  readonly body: Buffer;
}

/** No reply came, or a broken one: `ECONNREFUSED`, `closed`, `timeout`. */
export interface NoReply {
  readonly failure: string;
}

const CHECK_TIMEOUT_EVERY_MS = 250;
const END_OF_HEAD = '\r\n\r\n';
const EMPTY = Buffer.alloc(0);

/**
 * One HTTP/1.1 connection over a raw socket, one request at a time, kept alive and opened again when it was closed. The
 * client shares the processor with what it measures, so it does as little as it can.
 */
export class HttpConnection {
  #socket: Socket | undefined;
  #resolve: ((reply: Reply | NoReply) => void) | undefined;
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;
  #head: ResponseHead | undefined;
  #unread: Buffer = EMPTY;
  #chunks: Buffer[] = [];
  #received = 0;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly timeoutMs: number,
  ) {}

  /** `head` is everything from the request line to the last header, without `content-length`. Never rejects. */
  request(head: string, body: string): Promise<Reply | NoReply> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#head = undefined;
      this.#unread = EMPTY;
      this.#deadline = performance.now() + this.timeoutMs;
      this.#timer ??= setInterval(() => this.#checkDeadline(), CHECK_TIMEOUT_EVERY_MS).unref();
      this.#open().write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#fail('closed by the client');
  }

  #open(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    this.#socket = socket;
    socket.on('data', (data) => {
      if (this.#socket === socket) this.#read(data);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#socket === socket) this.#fail(error.code ?? error.message);
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#fail('closed');
    });
    return socket;
  }

  #checkDeadline(): void {
    if (this.#resolve !== undefined && performance.now() > this.#deadline) this.#fail('timeout');
  }

  #fail(failure: string): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#settle({ failure });
  }

  #settle(reply: Reply | NoReply): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(reply);
  }

  #read(data: Buffer): void {
    if (this.#resolve === undefined) return;
    if (this.#head !== undefined) return this.#readBody(this.#head, data);
    const seen = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    const end = seen.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#unread = seen;
      return;
    }
    this.#head = readHead(seen.toString('latin1', 0, end));
    this.#unread = EMPTY;
    this.#chunks = [];
    this.#received = 0;
    this.#readBody(this.#head, seen.subarray(end + END_OF_HEAD.length));
  }

  #readBody(head: ResponseHead, data: Buffer): void {
    if (head.chunked) return this.#readChunks(head, data);
    this.#chunks.push(data);
    this.#received += data.length;
    if (this.#received >= head.length) this.#finish(head);
  }

  #readChunks(head: ResponseHead, data: Buffer): void {
    let rest: Buffer = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    for (;;) {
      const line = rest.indexOf('\r\n');
      if (line < 0) break;
      const size = Number.parseInt(rest.toString('latin1', 0, line), 16);
      const next = line + 2 + size + 2;
      if (rest.length < next) break;
      if (size === 0) return this.#finish(head);
      this.#chunks.push(rest.subarray(line + 2, line + 2 + size));
      rest = rest.subarray(next);
    }
    this.#unread = rest;
  }

  #finish(head: ResponseHead): void {
    if (head.close) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    const [only = EMPTY] = this.#chunks;
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : only;
    this.#settle({ status: head.status, head, body });
  }
}
