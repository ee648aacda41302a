import { Injectable } from '@nestjs/common';
import { AppError } from '../../../../kernel/app-error.js';
import { reachesLevel } from '../../../../mcp/log-levels.js';
import { ownMember } from '../../../../mcp/json-record.js';
import type { EncodedMembers } from '../../../../mcp/object-members.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { refusedCall, toInputResponses } from '../../../../mcp/translate/legacy-to-modern/input-responses.js';
import { type LegacyAnswer, toLegacyAnswer } from '../../../../mcp/translate/legacy-to-modern/legacy-answer.js';
import { toLegacyNotification } from '../../../../mcp/translate/legacy-to-modern/legacy-notification.js';
import { wrapsStructured } from '../../../../mcp/translate/legacy-to-modern/legacy-tool.js';
import { type Retry, toModernRequest } from '../../../../mcp/translate/legacy-to-modern/modern-request.js';
import { modernRequestHeaders } from '../../../../mcp/translate/legacy-to-modern/modern-request-headers.js';
import type { PeerError, PeerNotification, PeerResult } from '../../../../mcp/translate/peer-message.js';
import { FIRST_MODERN_VERSION } from '../../../../mcp/versions.js';
import { Resync } from '../../../servers/index.js';
import type { Addressed } from '../../endpoint/addressing.js';
import { CLIENT_LEFT, type Exchange } from '../../endpoint/exchange.js';
import type { AnswerOutcome, CallRecord } from '../../forward/call-record.js';
import { CallRecords } from '../../forward/call-records.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { rest } from '../../streams/reopening.js';
import { CallReply } from './call-reply.js';
import { InputRounds } from './input-round.js';
import { ModernLeg } from './modern-leg.js';
import { SessionMeta } from './session-meta.js';

/** Of one call. Who asks for more does not know what it wants. */
const ROUNDS_AT_MOST = 20;
/** Before a request that was answered with a state alone goes again, longer each time. */
const AGAIN_AFTER_MS = 500;
const AGAIN_AFTER_AT_MOST_MS = 8000;

/** A client's request, and all that its rounds share. */
interface Task {
  readonly exchange: Exchange;
  readonly session: ClientSession;
  readonly body: ParsedBody;
  readonly addressed: Addressed;
  readonly meta: EncodedMembers;
  readonly headers: Readonly<Record<string, string>>;
  readonly record: CallRecord;
  readonly reply: CallReply;
}

interface LegOutcome {
  readonly answer: LegacyAnswer;
  readonly outcome: AnswerOutcome;
  readonly bytes: number;
}

/** What the client gets, and what goes on record. */
interface Ended extends Omit<LegOutcome, 'answer'> {
  readonly answer: Buffer;
}

/** The client did not give what the server needs. */
const CLIENT_REFUSED: AnswerOutcome = { hasError: false, isError: true, errorCode: undefined };

/** Requests of legacy sessions to upstreams that speak 2026-07-28 only. */
@Injectable()
export class BridgedCalls {
  #lastId = 0;

  constructor(
    private readonly records: CallRecords,
    private readonly leg: ModernLeg,
    private readonly rounds: InputRounds,
    private readonly metas: SessionMeta,
    private readonly resync: Resync,
  ) {}

  /** @throws AppError when nothing, or nothing but messages before the answer, was sent to the client yet. */
  async forward(exchange: Exchange, session: ClientSession, body: ParsedBody, addressed: Addressed): Promise<void> {
    const { method, argumentsBytes } = body;
    if (addressed.tool?.validHeaders === false) {
      // Its headers could not be made; the lists do not show it (2026-07-28, Tools, x-mcp-header).
      throw new AppError('not_found', 'mcp.unknown_tool', `Unknown tool: ${addressed.tool.name}`);
    }
    const facts = { ...addressed, era: 'legacy', method, argumentsBytes } as const;
    const record = await this.records.begin(exchange.caller, facts);
    try {
      const reply = new CallReply(exchange.outlet);
      const headers = modernRequestHeaders(body, FIRST_MODERN_VERSION, addressed);
      const meta = this.metas.of(session);
      const { answer, outcome, bytes } = await this.#run({
        exchange,
        session,
        body,
        addressed,
        meta,
        headers,
        record,
        reply,
      });
      await record.answered(outcome, bytes);
      reply.end(answer);
    } catch (error) {
      await record.failed(error, exchange.signal.aborted || error === CLIENT_LEFT);
      throw error;
    }
  }

  async #run(task: Task): Promise<Ended> {
    const { exchange, session, body, addressed, record, reply } = task;
    const { signal } = exchange;
    let retry: Retry | undefined;
    let bytes = 0;
    for (let round = 0; round < ROUNDS_AT_MOST; round += 1) {
      const leg = await this.#send(task, retry);
      bytes += leg.bytes;
      const { answer } = leg;
      if (answer.kind !== 'input_required') return { answer: answer.bytes, outcome: leg.outcome, bytes };
      record.released();
      const { requests, requestState } = answer;
      if (requests.length === 0) {
        await rest(signal, Math.min(AGAIN_AFTER_MS * 2 ** round, AGAIN_AFTER_AT_MOST_MS));
        if (signal.aborted) throw signal.reason;
        retry = { inputResponses: undefined, requestState };
        this.records.resume(record, addressed.server);
        continue;
      }
      const responses = await this.rounds.ask({ session, signal, reply, requests });
      const given = responses
        ? toInputResponses(requests, responses)
        : { kind: 'refused' as const, why: 'no answer in time' };
      if (given.kind === 'refused') {
        const refusal = refusedCall(body.rawId, body.method, given.why);
        return { answer: refusal, outcome: CLIENT_REFUSED, bytes };
      }
      retry = { inputResponses: given.inputResponses, requestState };
      this.records.resume(record, addressed.server);
    }
    throw new AppError(
      'upstream_failed',
      'gateway.too_many_rounds',
      `The server asked for input ${String(ROUNDS_AT_MOST)} times and did not come to an end.`,
    );
  }

  /** One request to the upstream. */
  async #send(task: Task, retry: Retry | undefined): Promise<LegOutcome> {
    const { exchange, addressed, meta, headers } = task;
    const id = String((this.#lastId += 1));
    const { message, bytes } = await this.leg.send({
      server: addressed.server,
      id,
      body: toModernRequest(addressed.body, id, meta, retry),
      headers,
      signal: exchange.signal,
      onNotification: (notification) => this.#pass(task, notification),
    });
    const answer = this.#translated(task, message);
    const failed = message.kind === 'error';
    const isError = !failed && ownMember(message.result.values, 'isError') === true;
    return { answer, outcome: { hasError: failed, isError, errorCode: failed ? message.code : undefined }, bytes };
  }

  /**
   * What a server may not ask depends on the client, so it does not count against the server: clients without a
   * capability must not open its breaker for all others.
   */
  #translated({ session, body, addressed, record }: Task, message: PeerResult | PeerError): LegacyAnswer {
    try {
      return toLegacyAnswer(message, {
        id: body.rawId,
        method: body.method,
        clientCapabilities: this.metas.clientOf(session).clientCapabilities,
        wrapsStructured: addressed.tool !== undefined && wrapsStructured(addressed.tool.definition),
      });
    } catch (error) {
      record.released();
      throw error;
    }
  }

  async #pass({ session, body, addressed, reply }: Task, notification: PeerNotification): Promise<void> {
    const fate = toLegacyNotification(notification, ownMember(body.meta, 'progressToken'));
    if (fate.kind === 'list_changed') this.resync.soon(addressed.server.id);
    if (fate.kind !== 'forward') return;
    if (notification.method === 'notifications/message') {
      // The session's level counts, also when it was changed while the call runs.
      const level = ownMember(notification.params?.values, 'level');
      if (!reachesLevel(level, session.logLevel)) return;
    }
    await reply.say(fate.bytes);
  }
}
