import type { Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Outlet } from './outlet.js';

/** How long a client may leave unread what fills its connection. */
export const UNREAD_MS_AT_MOST = 60_000;

/** The answer to an HTTP request. What Fastify's hooks set (correlation id, security headers) goes along. */
export class HttpOutlet implements Outlet {
  #draining: Promise<void> | undefined;

  constructor(private readonly reply: FastifyReply) {}

  get started(): boolean {
    return this.reply.sent || this.reply.raw.headersSent;
  }

  get contentType(): string | undefined {
    const type = this.reply.getHeader('content-type');
    return typeof type === 'string' ? type : undefined;
  }

  get unreadBytes(): number {
    return this.reply.raw.writableLength;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body?: Buffer | readonly Buffer[]): void {
    const { reply } = this;
    if (body === undefined || Buffer.isBuffer(body)) {
      void reply.code(status).headers(headers).send(body);
      return;
    }
    const length = body.reduce((sum, part) => sum + part.length, 0);
    this.#takeOver(status, { ...headers, 'content-length': String(length) });
    reply.raw.cork();
    for (const part of body) reply.raw.write(part);
    reply.raw.end();
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.#takeOver(status, headers);
    this.reply.raw.flushHeaders();
  }

  write(bytes: Buffer): Promise<void> | undefined {
    const waiting = this.#draining;
    if (!waiting) {
      this.#draining = writeTo(this.reply.raw, bytes)?.then(() => (this.#draining = undefined));
      return this.#draining;
    }
    // Who does not wait for its turn shares the wait, and its end, with those before.
    if (!this.reply.raw.destroyed) this.reply.raw.write(bytes);
    return waiting;
  }

  end(last?: Buffer): void {
    this.reply.raw.end(last);
  }

  destroy(): void {
    this.reply.raw.destroy();
  }

  onClose(listener: () => void): void {
    this.reply.raw.once('close', listener);
  }

  #takeOver(status: number, headers: Readonly<Record<string, string>>): void {
    const { reply } = this;
    reply.headers(headers);
    reply.hijack();
    reply.raw.writeHead(status, reply.getHeaders() as Record<string, string>);
  }
}

/**
 * Writes with backpressure. A client that has left is no error here: its exchange aborts. One that
 * stops reading is cut off, since an upstream's connection and a place among its calls wait with it.
 */
export function writeTo(raw: Writable, bytes: Buffer | string): Promise<void> | undefined {
  if (raw.destroyed || raw.write(bytes)) return undefined;
  return new Promise<void>((resolve) => {
    const stalled = setTimeout(() => raw.destroy(), UNREAD_MS_AT_MOST);
    const done = (): void => {
      clearTimeout(stalled);
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.once('drain', done).once('close', done);
  });
}
