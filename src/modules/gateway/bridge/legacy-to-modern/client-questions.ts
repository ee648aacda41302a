import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../../kernel/app-error.js';
import { parseBody, ParsedBody } from '../../../../mcp/parse-body.js';
import { Readiness } from '../../../monitoring/index.js';
import { REPLICA_ID } from '../../replicas/replica-id.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { SESSION_STORE, type SessionStore } from '../../sessions/session-store.js';
import { inputId } from './input-ids.js';

const OPEN_AT_MOST = 10_000;
const OPEN_PER_SESSION_AT_MOST = 200;

const draining = (): AppError =>
  new AppError('unavailable', 'gateway.draining', 'The service was stopped before the client answered.');

/** What was asked of a client and is not answered yet. */
interface Question {
  answered(response: ParsedBody): void;
  lost(error: AppError): void;
}

/**
 * What this replica asked of legacy clients. A client answers in a POST of its own, which may reach any replica:
 * the id says who waits for it, and it counts only in the session that was asked.
 */
@Injectable()
export class ClientQuestions {
  readonly #bySession = new Map<string, Map<string, Question>>();
  #open = 0;
  #asked = 0;
  #draining = false;

  constructor(
    @Inject(REPLICA_ID) readonly replicaId: string,
    @Inject(SESSION_STORE) store: SessionStore,
    readiness: Readiness,
  ) {
    readiness.onDrain(() => this.#drain());
    store.onClose(({ id }) => {
      const ended = new AppError('not_found', 'mcp.session_unknown', 'The session ended while its client was asked.');
      for (const question of this.#bySession.get(id)?.values() ?? []) question.lost(ended);
    });
  }

  /**
   * Opens a question: its id, and what takes it back.
   * @throws AppError `gateway.questions_exhausted`, `gateway.draining`.
   */
  open({ id: sessionId }: ClientSession, question: Question): { readonly id: string; readonly close: () => void } {
    if (this.#draining) throw draining();
    const ofSession = this.#bySession.get(sessionId) ?? new Map<string, Question>();
    if (this.#open >= OPEN_AT_MOST || ofSession.size >= OPEN_PER_SESSION_AT_MOST) {
      throw new AppError(
        'unavailable',
        'gateway.questions_exhausted',
        'Servers wait for too many answers of clients now: answer some, or try again later.',
        { retryAfterSeconds: 10 },
      );
    }
    this.#asked += 1;
    const id = inputId(this.replicaId, this.#asked);
    this.#bySession.set(sessionId, ofSession.set(id, question));
    this.#open += 1;
    return {
      id,
      close: () => {
        if (!ofSession.delete(id)) return;
        this.#open -= 1;
        if (ofSession.size === 0) this.#bySession.delete(sessionId);
      },
    };
  }

  /**
   * A response that a client posted in this session.
   * @returns whether this replica waits for it: the first answer counts, and an answer that is none is lost.
   */
  deliver(sessionId: string, id: string, bytes: Buffer): boolean {
    const question = this.#bySession.get(sessionId)?.get(id);
    if (!question) return false;
    const response = parseBody(bytes);
    if (response instanceof ParsedBody) question.answered(response);
    return true;
  }

  /** A person may take minutes, and the end of the service does not wait for them. */
  #drain(): void {
    this.#draining = true;
    for (const ofSession of this.#bySession.values()) {
      for (const question of ofSession.values()) question.lost(draining());
    }
  }
}
