import { Injectable } from '@nestjs/common';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import type { Addressed } from '../../endpoint/addressing.js';
import type { Exchange } from '../../endpoint/exchange.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { BridgedCalls } from './bridged-calls.js';
import { ClientQuestions } from './client-questions.js';
import { ModernStreams } from './modern-streams.js';

const EMPTY_RESULT = Buffer.from('{}');

/** A legacy session's traffic with servers that speak 2026-07-28 only. */
@Injectable()
export class LegacyToModern {
  constructor(
    private readonly calls: BridgedCalls,
    private readonly questions: ClientQuestions,
    private readonly streams: ModernStreams,
  ) {}

  /** @throws AppError for what ends without an answer of the server's. */
  async request(exchange: Exchange, session: ClientSession, body: ParsedBody, addressed: Addressed): Promise<void> {
    const { server, name = '' } = addressed;
    switch (body.method) {
      case 'resources/subscribe':
        await this.streams.subscribe(session, server, name);
        exchange.sendResult(body.rawId, EMPTY_RESULT);
        return;
      case 'resources/unsubscribe':
        await this.streams.unsubscribe(session, server, name);
        exchange.sendResult(body.rawId, EMPTY_RESULT);
        return;
      default:
        this.streams.called(session, server);
        await this.calls.forward(exchange, session, body, addressed);
    }
  }

  /** @returns whether the response answers what this replica asked in that session. */
  respond(session: ClientSession, { message: { id }, bytes }: ParsedBody): boolean {
    return typeof id === 'string' && this.questions.deliver(session.id, id, bytes);
  }
}
