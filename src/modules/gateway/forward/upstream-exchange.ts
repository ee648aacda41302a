import type { Readable } from 'node:stream';
import type { AbortLike } from '../../../kernel/light-abort.js';

/** What an upstream answered; the body is read by the caller, or `dump`ed. */
export interface UpstreamAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer> & {
    dump(): Promise<void>;
    /** The whole body where it has arrived already; it is read then. */
    takeWhole?(): Buffer | undefined;
  };
}

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly body?: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortLike;
  /** The answer is a stream that stays open: it takes no connection from calls. GET always is. */
  readonly stays?: boolean;
}

/** What every POST of an MCP message carries (2025-03-26 and later, Streamable HTTP). */
export function postHeaders(): Record<string, string> {
  return { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
}

/** A stream of our own as the body of an answer. */
export function bodyOf(stream: Readable): UpstreamAnswer['body'] {
  return Object.assign(stream, {
    dump: () => {
      stream.destroy();
      return Promise.resolve();
    },
  });
}
