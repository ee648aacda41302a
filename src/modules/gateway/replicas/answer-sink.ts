import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { bodyOf, type UpstreamAnswer } from '../forward/upstream-exchange.js';
import type { Outlet } from '../endpoint/outlet.js';
import { replicaGone } from './replica-errors.js';

/** An answer of another replica as one of an upstream: its head as soon as that is there, its body as it comes. */
export class AnswerSink implements Outlet {
  readonly answer: Promise<UpstreamAnswer>;
  #answered: (answer: UpstreamAnswer) => void = () => undefined;
  readonly #body = new PassThrough();
  #contentType: string | undefined;
  #started = false;

  constructor() {
    this.answer = new Promise((resolve) => {
      this.#answered = resolve;
    });
    // Whoever reads the body hears of it there.
    this.#body.on('error', () => undefined);
  }

  get started(): boolean {
    return this.#started;
  }

  get contentType(): string | undefined {
    return this.#contentType;
  }

  get unreadBytes(): number {
    return this.#body.writableLength + this.#body.readableLength;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body?: Buffer | readonly Buffer[]): void {
    this.start(status, headers);
    for (const part of Buffer.isBuffer(body) ? [body] : (body ?? [])) this.#body.write(part);
    this.#body.end();
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.#started = true;
    this.#contentType = headers['content-type'];
    this.#answered({ statusCode: status, headers, body: bodyOf(this.#body) });
  }

  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#body.destroyed || this.#body.write(bytes)) return undefined;
    return Promise.race([once(this.#body, 'drain'), once(this.#body, 'close')]).then(
      () => undefined,
      () => undefined,
    );
  }

  end(last?: Buffer): void {
    this.#body.end(last);
  }

  destroy(): void {
    this.#body.destroy(replicaGone());
  }

  onClose(listener: () => void): void {
    this.#body.once('close', listener);
  }
}
