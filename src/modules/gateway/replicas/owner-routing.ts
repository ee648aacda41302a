import { Inject, Injectable, Optional } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Exchange } from '../endpoint/exchange.js';
import { CLIENT_MESSAGE, clientMessageOf } from './client-message.js';
import { ClientOutlet } from './client-outlet.js';
import { replicaGone } from './replica-errors.js';
import { ReplicaInbox } from './replica-inbox.js';

/**
 * Has a client's message served by the replica that holds what it belongs to: a call that waits for an answer.
 * The answer's bytes come back into the client's exchange; nothing is ever sent twice.
 */
@Injectable()
export class OwnerRouting {
  constructor(@Optional() @Inject(ReplicaInbox) private readonly inbox: ReplicaInbox | undefined) {}

  /**
   * A retry of a call that another replica suspended.
   * @throws AppError `gateway.replica_gone`, `gateway.replicas_unavailable`, `gateway.exchanges_exhausted`.
   */
  async retry(replica: string, exchange: Exchange): Promise<void> {
    if (!this.inbox) throw replicaGone();
    const { outlet, message } = exchange;
    await this.inbox.ask(replica, CLIENT_MESSAGE, clientMessageOf(exchange), message, new ClientOutlet(outlet)).done;
  }

  /**
   * A client's response to what another replica asked it; that one may be ending, and works on the call until it has.
   * @throws AppError `mcp.nobody_waits` (400), since a response that is not taken may not be accepted (2025-11-25,
   * Streamable HTTP); `gateway.replicas_unavailable`, `gateway.exchanges_exhausted`.
   */
  async respond(replica: string, exchange: Exchange): Promise<void> {
    if (!this.inbox) throw nobodyWaits();
    const { outlet, message } = exchange;
    const asked = this.inbox.askOpen(replica, CLIENT_MESSAGE, clientMessageOf(exchange), message, outlet);
    if ((await asked.delivery) === 'gone') throw nobodyWaits();
    await asked.done;
  }
}

function nobodyWaits(): AppError {
  return new AppError(
    'malformed',
    'mcp.nobody_waits',
    'Nobody waits for this response: the call that asked for it ended with the replica that ran it.',
  );
}
