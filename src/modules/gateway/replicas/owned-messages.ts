import { Inject, Injectable, Optional } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { scopeOf } from '../../../kernel/principal.js';
import type { Scope } from '../../../kernel/scope.js';
import { RouteTable } from '../catalogue/route-table.js';
import { Exchange, type Target } from '../endpoint/exchange.js';
import { McpEndpoint } from '../endpoint/mcp-endpoint.js';
import type { SessionEndpoint } from '../sessions/client-session.js';
import { CLIENT_MESSAGE, type ClientMessage } from './client-message.js';
import type { Incoming } from './incoming-exchange.js';
import { ReplicaInbox } from './replica-inbox.js';

/** Serves messages of clients that other replicas received and that belong to this one. */
@Injectable()
export class OwnedMessages {
  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly routes: RouteTable,
    @Optional() @Inject(ReplicaInbox) inbox: ReplicaInbox | undefined,
  ) {
    inbox?.serve(CLIENT_MESSAGE, (incoming) => this.#serve(incoming));
  }

  /** As if the client had sent it here: whose session or call it is, is checked again. */
  async #serve({ meta, body, outlet }: Incoming): Promise<void> {
    // A replica of this version wrote it: frames of others do not get here.
    const { headers, target, caller } = meta as ClientMessage;
    const exchange = new Exchange(headers, outlet, caller, this.#target(scopeOf(caller.principal), target), body);
    await this.endpoint.message(exchange);
  }

  #target(scope: Scope, target: SessionEndpoint): Target {
    if (target.kind === 'aggregate') return target;
    const server = this.routes.byId(scope, target.serverId);
    if (server) return { kind: 'server', server };
    throw new AppError('not_found', 'gateway.server_gone', 'The server was deleted while its client was asked.');
  }
}
