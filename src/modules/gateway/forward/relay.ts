import { AppError } from '../../../kernel/app-error.js';
import { ResponseScanner } from '../../../mcp/response-scanner.js';
import { sameId } from '../../../mcp/same-id.js';
import { scanResponse } from '../../../mcp/scan-response.js';
import { SseDecoder, type SseFrame } from '../../../mcp/sse-decoder.js';
import { encodeSseMessage, EVENT_STREAM } from '../../../mcp/sse-encoder.js';
import type { Outlet } from '../endpoint/outlet.js';
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

export const JSON_HEADERS = { 'content-type': 'application/json' };

export const EVENT_STREAM_HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

export function isEventStream(answer: UpstreamAnswer): boolean {
  return String(answer.headers['content-type'] ?? '').startsWith(EVENT_STREAM);
}

/** What an answer has to be, and what is done with it. */
export interface RelayTask {
  /** The id of the question, as JSON text. */
  readonly rawId: string;
  readonly beforeLast: BeforeLast;
  /** What becomes of the messages before the answer. */
  readonly rewrite?: Rewrite | undefined;
}

/**
 * Passes a JSON answer on as bytes, its last chunk once `beforeLast` is done. A small answer, which
 * arrives in one piece, is sent in one piece.
 * @throws AppError `gateway.answer_too_large`, `gateway.bad_answer`, and whatever breaks the upstream's body.
 */
export async function relayJson(answer: UpstreamAnswer, outlet: Outlet, task: RelayTask): Promise<void> {
  const scanner = new ResponseScanner();
  let id: string | undefined;
  let held = answer.body.takeWhole?.();
  let bytes = 0;
  if (held) {
    scanner.push(held);
    id = idWithin(held, 0, scanner);
    bytes = held.length;
  }
  for await (const chunk of answer.body) {
    scanner.push(chunk);
    id ??= idWithin(chunk, bytes, scanner);
    bytes += chunk.length;
    if (bytes > JSON_BYTES_AT_MOST)
      throw new AppError('upstream_failed', 'gateway.answer_too_large', 'The server sent more than 64 MiB of JSON.');
    if (held) {
      if (!outlet.started) outlet.start(answer.statusCode, JSON_HEADERS);
      await outlet.write(held);
    }
    held = chunk;
  }
  if (!isWhole(scanner) || !answers(scanner, id, task.rawId)) throw badAnswer();
  await task.beforeLast({ response: scanner, bytes });
  if (outlet.started) outlet.end(held);
  else outlet.send(answer.statusCode, JSON_HEADERS, held);
}

/**
 * Passes an event stream on, frame by frame and as bytes: notifications and requests at once, the
 * final response once `beforeLast` is done; what an upstream says after that is nobody's. A stream
 * with event ids may end without a response: its client resumes it (2025-11-25, Resumability).
 * @throws AppError `gateway.no_answer` for any other that does, `gateway.bad_answer`, and whatever breaks
 * the upstream's body before its response.
 */
export async function relayEvents(
  answer: UpstreamAnswer,
  outlet: Outlet,
  { rawId, beforeLast, rewrite }: RelayTask,
): Promise<void> {
  outlet.start(200, EVENT_STREAM_HEADERS);
  const decoder = new SseDecoder();
  let bytes = 0;
  let answered = false;
  let resumable = false;
  try {
    for await (const chunk of answer.body) {
      if (answered) break;
      bytes += chunk.length;
      for (const frame of decoder.push(chunk)) {
        let out: Buffer | undefined = frame.raw;
        resumable ||= frame.id !== undefined;
        if (frame.data && frame.data.length > 0) {
          const response = scanResponse(frame.data);
          if (response.isResponse) {
            if (!isWhole(response) || !answers(response, idWithin(frame.data, 0, response), rawId)) throw badAnswer();
            answered = true;
            await beforeLast({ response, bytes });
          } else if (rewrite) {
            out = rewritten(frame, rewrite);
          }
        }
        if (out) await outlet.write(out);
        if (answered) break;
      }
    }
  } catch (error) {
    if (!answered) throw error;
  }
  if (!answered) {
    if (!resumable)
      throw new AppError('upstream_failed', 'gateway.no_answer', 'The server ended its stream without an answer.');
    await beforeLast({ response: undefined, bytes });
  }
  outlet.end();
}

/** The id's text, when this chunk, which begins at `offset`, has all of it. */
function idWithin(chunk: Buffer, offset: number, { idRange }: ResponseScanner): string | undefined {
  if (!idRange || idRange.start < offset) return undefined;
  return chunk.toString('utf8', idRange.start - offset, idRange.end - offset);
}

function isWhole({ complete, malformed, isResponse }: ResponseScanner): boolean {
  return complete && !malformed && isResponse;
}

/** An id that was cut by a chunk's end is taken on trust; an error may be about a message that could not be read. */
function answers({ hasError, idRange }: ResponseScanner, id: string | undefined, rawId: string): boolean {
  if (id === undefined) return idRange !== undefined || hasError;
  return sameId(rawId, id) || (hasError && id === 'null');
}

function badAnswer(): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.bad_answer',
    'The server did not answer with a JSON-RPC response to the request.',
  );
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
