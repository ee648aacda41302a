import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../../kernel/app-error.js';
import { ResponseScanner } from '../../../mcp/response-scanner.js';
import { scanResponse } from '../../../mcp/scan-response.js';
import { SseDecoder, type SseFrame } from '../../../mcp/sse-decoder.js';
import { encodeSseMessage } from '../../../mcp/sse-encoder.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** The facts of a final answer, read while its bytes passed. */
export interface AnswerFacts {
  /** The JSON-RPC answer; undefined when the stream ended without one. */
  readonly response: ResponseScanner | undefined;
  readonly bytes: number;
}

/** Runs when the answer is known and before its last byte leaves: what it awaits holds that byte back. */
export type BeforeLast = (facts: AnswerFacts) => Promise<void>;

/** A JSON answer at most; larger ones belong on a stream. */
const JSON_BYTES_AT_MOST = 64 * 1024 * 1024;

const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

export function isEventStream(answer: UpstreamAnswer): boolean {
  return String(answer.headers['content-type'] ?? '').startsWith('text/event-stream');
}

/**
 * Passes a JSON answer on as bytes, its last chunk once `beforeLast` is done. A small answer, which
 * arrives in one piece, is sent in one piece.
 * @throws AppError `gateway.answer_too_large`, and whatever breaks the upstream's body.
 */
export async function relayJson(answer: UpstreamAnswer, reply: FastifyReply, beforeLast: BeforeLast): Promise<void> {
  const scanner = new ResponseScanner();
  const whole = answer.body.takeWhole?.();
  if (whole) {
    scanner.push(whole);
    await finishJson(answer, reply, scanner, whole, whole.length, beforeLast);
    return;
  }
  let held: Buffer | undefined;
  let bytes = 0;
  for await (const chunk of answer.body) {
    scanner.push(chunk);
    bytes += chunk.length;
    if (bytes > JSON_BYTES_AT_MOST)
      throw new AppError('upstream_failed', 'gateway.answer_too_large', 'The server sent more than 64 MiB of JSON.');
    if (held) {
      if (!reply.sent) startStream(reply, answer.statusCode, { 'content-type': 'application/json' });
      await write(reply, held);
    }
    held = chunk;
  }
  await finishJson(answer, reply, scanner, held, bytes, beforeLast);
}

async function finishJson(
  answer: UpstreamAnswer,
  reply: FastifyReply,
  scanner: ResponseScanner,
  last: Buffer | undefined,
  bytes: number,
  beforeLast: BeforeLast,
): Promise<void> {
  if (!scanner.complete || !scanner.isResponse) {
    throw new AppError('upstream_failed', 'gateway.bad_answer', 'The server did not answer with a JSON-RPC response.');
  }
  await beforeLast({ response: scanner, bytes });
  if (reply.sent) reply.raw.end(last);
  else void reply.code(answer.statusCode).header('content-type', 'application/json').send(last);
}

/**
 * Passes an event stream on, frame by frame and as bytes: notifications and requests at once, the
 * final response once `beforeLast` is done. A stream that ends without one is ended here too: its
 * client may resume it where the server allows that.
 */
export async function relayEvents(
  answer: UpstreamAnswer,
  reply: FastifyReply,
  beforeLast: BeforeLast,
  rewrite?: Rewrite,
): Promise<void> {
  startStream(reply, 200, EVENT_STREAM_HEADERS);
  const decoder = new SseDecoder();
  let bytes = 0;
  let answered = false;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    for (const frame of decoder.push(chunk)) {
      let out: Buffer | undefined = frame.raw;
      if (frame.data && frame.data.length > 0) {
        const response = scanResponse(frame.data);
        if (response.isResponse) {
          answered = true;
          await beforeLast({ response, bytes });
        } else if (rewrite) {
          out = rewritten(frame, rewrite);
        }
      }
      if (out) await write(reply, out);
    }
  }
  if (!answered) await beforeLast({ response: undefined, bytes });
  reply.raw.end();
}

/** What a message becomes on its way to the client: itself, another, or nothing. */
export type Rewrite = (data: Buffer) => Buffer | undefined;

/** A frame with its message rewritten: the same bytes where nothing changed. */
export function rewritten(frame: SseFrame, rewrite: Rewrite): Buffer | undefined {
  if (!frame.data || frame.data.length === 0) return frame.raw;
  const data = rewrite(frame.data);
  if (data === undefined || data === frame.data) return data && frame.raw;
  return encodeSseMessage(data, { event: frame.event, id: frame.id });
}

/** Takes the answer out of Fastify's hands; what its hooks set (correlation id, security headers) goes along. */
export function startAnswer(reply: FastifyReply, status: number, headers: Readonly<Record<string, string>>): void {
  reply.hijack();
  reply.raw.writeHead(status, { ...(reply.getHeaders() as Record<string, string>), ...headers });
}

/** {@link startAnswer} of an answer whose first byte may be long in coming. */
export function startStream(reply: FastifyReply, status: number, headers: Readonly<Record<string, string>>): void {
  startAnswer(reply, status, headers);
  reply.raw.flushHeaders();
}

export function startEventStream(reply: FastifyReply, headers: Readonly<Record<string, string>> = {}): void {
  startStream(reply, 200, { ...EVENT_STREAM_HEADERS, ...headers });
}

/** Writes with backpressure. A client that has left is no error here: its exchange aborts. */
export async function write(reply: FastifyReply, bytes: Buffer | string): Promise<void> {
  const { raw } = reply;
  if (raw.destroyed || raw.write(bytes)) return;
  await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
}
