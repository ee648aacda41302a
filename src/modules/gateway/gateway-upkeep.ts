import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../../kernel/clock.js';
import { systemScope } from '../../kernel/scope.js';
import { RouteTable } from './catalogue/route-table.js';
import { UpstreamStates } from './routing/upstream-states.js';
import { SESSION_STORE, type SessionStore } from './sessions/session-store.js';

const SWEEP_MS = 60_000;

/** What keeps the gateway's memory bounded and true: idle sessions go, states follow the registry. */
@Injectable()
export class GatewayUpkeep implements OnApplicationShutdown {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly states: UpstreamStates,
    private readonly routes: RouteTable,
    private readonly clock: Clock,
  ) {
    routes.onChange((change) => {
      if (change.kind === 'reset') this.states.retain((id) => this.routes.byId(systemScope, id) !== undefined);
      if (change.kind === 'deleted') this.states.remove(change.serverId);
      if (change.kind === 'server') this.#configure(change.serverId);
    });
  }

  @Interval('gateway-session-sweep', SWEEP_MS)
  async sweep(): Promise<void> {
    await this.sessions.sweep(this.clock.nowMs());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sessions.closeAll();
  }

  /** An entry that changed may have another address: what was known of the old one does not count. */
  #configure(serverId: string): void {
    const server = this.routes.byId(systemScope, serverId);
    if (server) this.states.configure(serverId, server.settings);
  }
}
