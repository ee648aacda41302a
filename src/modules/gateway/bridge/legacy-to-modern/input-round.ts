import { Injectable } from '@nestjs/common';
import { AppError } from '../../../../kernel/app-error.js';
import type { AbortLike } from '../../../../kernel/light-abort.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { type InputRequest, toServerRequest } from '../../../../mcp/translate/legacy-to-modern/input-requests.js';
import { CLIENT_LEFT } from '../../endpoint/exchange.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { Deadlines } from '../deadlines.js';
import type { CallReply } from './call-reply.js';
import { ClientQuestions } from './client-questions.js';

/** People answer, so it is minutes. */
export const ANSWER_WITHIN_MS = 5 * 60_000;
const KEEP_ALIVE_MS = 15_000;
const QUESTIONS_AT_MOST = 32;
const ANSWER_BYTES_AT_MOST = 16 * 1024 * 1024;

export interface Round {
  readonly session: ClientSession;
  readonly signal: AbortLike;
  readonly reply: CallReply;
  readonly requests: readonly InputRequest[];
}

interface OpenQuestion {
  readonly id: string;
  readonly request: InputRequest;
  readonly close: () => void;
}

/** One `input_required` of a modern upstream as requests to the legacy client, on the stream of its call. */
@Injectable()
export class InputRounds {
  constructor(
    private readonly questions: ClientQuestions,
    private readonly deadlines: Deadlines,
  ) {}

  /**
   * @returns the client's responses by the key of what they answer; `undefined` when time ran out.
   * @throws AppError `gateway.input_too_large`, `gateway.questions_exhausted`, `mcp.session_unknown`, and the
   * signal's reason. Whatever is not answered then is taken back (2025-11-25, Cancellation).
   */
  async ask({ session, signal, reply, requests }: Round): Promise<ReadonlyMap<string, ParsedBody> | undefined> {
    if (requests.length > QUESTIONS_AT_MOST) {
      throw new AppError(
        'upstream_failed',
        'mcp.bad_message',
        `The server asks more than ${String(QUESTIONS_AT_MOST)} things at once.`,
      );
    }
    const responses = new Map<string, ParsedBody>();
    const open: OpenQuestion[] = [];
    const told = new Set<string>();
    const over = deferred<boolean>();
    const abort = (): void => over.reject(asError(signal.reason));
    const unanswered = { expire: () => over.resolve(false) };
    this.deadlines.set(unanswered, ANSWER_WITHIN_MS);
    const keepAlive = setInterval(() => reply.keepAlive(), KEEP_ALIVE_MS).unref();
    signal.addEventListener('abort', abort);
    let bytes = 0;
    try {
      if (signal.aborted) abort();
      for (const request of requests) {
        const question = this.questions.open(session, {
          lost: over.reject,
          answered: (response) => {
            question.close();
            responses.set(request.key, response);
            bytes += response.bytes.length;
            if (bytes > ANSWER_BYTES_AT_MOST) over.reject(tooLarge());
            if (responses.size === requests.length) over.resolve(true);
          },
        });
        open.push({ ...question, request });
      }
      for (const { id, request } of open) {
        told.add(id);
        await reply.say(toServerRequest(request, JSON.stringify(id), id));
      }
      return (await over.promise) ? responses : undefined;
    } finally {
      clearInterval(keepAlive);
      this.deadlines.clear(unanswered);
      signal.removeEventListener('abort', abort);
      for (const { id, request, close } of open) {
        close();
        const waits = told.has(id) && !responses.has(request.key);
        if (waits && signal.reason !== CLIENT_LEFT) void reply.say(takenBack(id));
      }
    }
  }
}

function nothing(): void {}

/** Its end may come while nobody waits for it yet: while the questions are written. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = nothing;
  let reject: (error: Error) => void = nothing;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(nothing);
  return { promise, resolve, reject };
}

function takenBack(id: string): Buffer {
  const params = { requestId: id, reason: 'The call that asked for it is over.' };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function tooLarge(): AppError {
  return new AppError('too_large', 'gateway.input_too_large', 'The answers to what the server asked are too large.');
}
