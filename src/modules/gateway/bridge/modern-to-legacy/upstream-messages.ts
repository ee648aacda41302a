import { AppError } from '../../../../kernel/app-error.js';
import type { AbortLike } from '../../../../kernel/light-abort.js';
import { SseDecoder } from '../../../../mcp/sse-decoder.js';
import { isEventStream } from '../../forward/relay.js';
import type { UpstreamAnswer } from '../../forward/upstream-exchange.js';
import { rest } from '../../streams/reopening.js';

/** A JSON answer at most; larger ones belong on a stream. */
const JSON_BYTES_AT_MOST = 64 * 1024 * 1024;
const RESUME_AFTER_MS = 1000;
const RESUME_AFTER_AT_MOST_MS = 10_000;

export interface MessageSource {
  /** Opens the stream anew behind an event. */
  readonly resume: (lastEventId: string) => Promise<UpstreamAnswer>;
  /** Whether the messages so far are all that was waited for. */
  readonly over: () => boolean;
  readonly signal: AbortLike;
}

/**
 * The messages of an event stream. One with event ids that ends too early is resumed, as the server expects of its
 * client (2025-11-25, Resumability and Redelivery). Whatever breaks the stream is thrown.
 */
export async function* streamedMessages(
  answer: UpstreamAnswer,
  { resume, over, signal }: MessageSource,
): AsyncGenerator<Buffer, void, undefined> {
  let stream = answer;
  let lastEventId: string | undefined;
  let retryMs = RESUME_AFTER_MS;
  for (;;) {
    let failure: unknown;
    const decoder = new SseDecoder();
    try {
      for await (const chunk of stream.body) {
        for (const frame of decoder.push(chunk)) {
          lastEventId = frame.id ?? lastEventId;
          retryMs = Math.min(frame.retryMs ?? retryMs, RESUME_AFTER_AT_MOST_MS);
          if (frame.data && frame.data.length > 0) yield frame.data;
        }
      }
    } catch (error) {
      failure = error;
    }
    if (over()) return;
    if (signal.aborted) throw signal.reason;
    if (lastEventId === undefined) {
      if (failure === undefined) return;
      throw failure;
    }
    await rest(signal, retryMs);
    if (signal.aborted) throw signal.reason;
    stream = await resume(lastEventId);
    if (stream.statusCode === 200 && isEventStream(stream)) continue;
    await stream.body.dump();
    return;
  }
}

/** The one message of a JSON body. @throws AppError `gateway.answer_too_large`, and whatever breaks the body. */
export async function wholeMessage(answer: UpstreamAnswer): Promise<Buffer> {
  const whole = answer.body.takeWhole?.();
  if (whole) return whole;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > JSON_BYTES_AT_MOST) {
      throw new AppError('upstream_failed', 'gateway.answer_too_large', 'The server sent more than 64 MiB of JSON.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
