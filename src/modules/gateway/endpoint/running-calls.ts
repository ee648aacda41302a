import { Inject, Injectable, Optional } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { ReplicaInbox } from '../replicas/replica-inbox.js';
import type { ClientSession } from '../sessions/client-session.js';
import { SessionOpener } from '../sessions/session-opener.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import type { Exchange } from './exchange.js';

/** Of one session. */
const IN_FLIGHT_AT_MOST = 1000;
const REASON_CHARACTERS_AT_MOST = 1000;
/** The kind under which replicas tell each other what a client cancelled. */
const CANCELLED = 'cancelled';

/** A request of a legacy client that an upstream works on. */
export interface RunningCall {
  readonly session: ClientSession;
  readonly server: RoutedServer;
  readonly exchange: Exchange;
}

/** What a client cancelled, for the replica that runs it. */
interface Cancelled {
  readonly sessionId: string;
  /** The request's id, as JSON text. */
  readonly requestId: string;
  readonly reason?: string;
}

/** The requests of legacy sessions that run here: they end when their client takes them back or its session ends, on whichever replica. */
@Injectable()
export class RunningCalls {
  /** By session id, and by the request's id as JSON text. */
  readonly #bySession = new Map<string, Map<string, RunningCall>>();

  constructor(
    @Inject(SESSION_STORE) store: SessionStore,
    private readonly opener: SessionOpener,
    @Optional() @Inject(ReplicaInbox) private readonly inbox: ReplicaInbox | undefined,
  ) {
    store.onClose(({ id }) => {
      for (const { exchange } of this.#bySession.get(id)?.values() ?? []) exchange.end(sessionEnded());
    });
    inbox?.onMessage(CANCELLED, (meta) => {
      // A replica of this version wrote it.
      const { sessionId, requestId, reason } = meta as Cancelled;
      const running = this.#bySession.get(sessionId)?.get(requestId);
      if (running) void this.#end(running, cancellation(requestId, reason));
    });
  }

  /** @returns what takes it out again. */
  add(rawId: string, call: RunningCall): () => void {
    const { id } = call.session;
    let running = this.#bySession.get(id);
    if (!running) {
      running = new Map();
      this.#bySession.set(id, running);
    } else if (running.size >= IN_FLIGHT_AT_MOST) {
      const [oldest] = running.keys();
      if (oldest !== undefined) running.delete(oldest);
    }
    running.set(rawId, call);
    return () => {
      if (running.get(rawId) === call) running.delete(rawId);
      if (running.size === 0 && this.#bySession.get(id) === running) this.#bySession.delete(id);
    };
  }

  /** `notifications/cancelled` of this session's client: where it does not run here, another replica may run it. */
  async cancel(session: ClientSession, body: ParsedBody): Promise<void> {
    const id = ownMember(body.params, 'requestId');
    if (typeof id !== 'string' && typeof id !== 'number') return;
    const requestId = JSON.stringify(id);
    const running = this.#bySession.get(session.id)?.get(requestId);
    if (running) {
      await this.#end(running, body.bytes);
      return;
    }
    const reason = ownMember(body.params, 'reason');
    const cancelled: Cancelled = {
      sessionId: session.id,
      requestId,
      ...(typeof reason === 'string' ? { reason: reason.slice(0, REASON_CHARACTERS_AT_MOST) } : {}),
    };
    await this.inbox?.broadcast(CANCELLED, cancelled);
  }

  async #end({ session, server, exchange }: RunningCall, message: Buffer): Promise<void> {
    const upstream = session.upstreamSessions.get(server.id);
    if (upstream) await this.opener.post(server, upstream, message);
    // Nothing will come any more, and some servers leave the stream open.
    exchange.cancel();
  }
}

function cancellation(requestId: string, reason: string | undefined): Buffer {
  const params = { requestId: JSON.parse(requestId) as unknown, ...(reason === undefined ? {} : { reason }) };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
}

function sessionEnded(): AppError {
  return new AppError('not_found', MCP_ERROR.sessionUnknown, 'The session ended while this call ran.');
}
