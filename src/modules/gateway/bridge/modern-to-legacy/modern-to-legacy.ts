import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../../kernel/app-error.js';
import { LightAbort } from '../../../../kernel/light-abort.js';
import { ownMember } from '../../../../mcp/json-record.js';
import { LOG_LEVEL_KEY } from '../../../../mcp/meta-keys.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { legacyClientOf } from '../../../../mcp/translate/modern-to-legacy/legacy-handshake.js';
import { Resync } from '../../../servers/index.js';
import type { RoutedServer } from '../../catalogue/routed-server.js';
import type { Addressed } from '../../endpoint/addressing.js';
import type { Exchange } from '../../endpoint/exchange.js';
import { CallRecords } from '../../forward/call-records.js';
import { UpstreamClient } from '../../forward/upstream-client.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from '../../forward/upstream-defaults.js';
import { GATEWAY_INFO } from '../../own-answers.js';
import { OwnerRouting } from '../../replicas/owner-routing.js';
import { REPLICA_ID } from '../../replicas/replica-id.js';
import { SessionOpener } from '../../sessions/session-opener.js';
import { Deadlines } from '../deadlines.js';
import { type Aside, BridgedCall } from './bridged-call.js';
import { principalKey } from './pool-key.js';
import { RequestStates, type StateBinding } from './request-states.js';
import { SessionPool } from './session-pool.js';
import { SuspendedCalls } from './suspended-calls.js';
import { type LegParts, UpstreamLeg } from './upstream-leg.js';

/** Calls of modern clients to servers that speak only earlier revisions. */
@Injectable()
export class ModernToLegacy {
  readonly #log = new Logger(ModernToLegacy.name);
  readonly #parts: LegParts;

  constructor(
    private readonly records: CallRecords,
    private readonly suspended: SuspendedCalls,
    private readonly states: RequestStates,
    private readonly resync: Resync,
    @Inject(UPSTREAM_DEFAULTS) private readonly defaults: UpstreamDefaults,
    @Inject(REPLICA_ID) private readonly replica: string,
    private readonly owners: OwnerRouting,
    pool: SessionPool,
    client: UpstreamClient,
    opener: SessionOpener,
    deadlines: Deadlines,
  ) {
    this.#parts = { pool, client, opener, deadlines };
  }

  /** @throws AppError when nothing was sent to the client yet. */
  async forward(exchange: Exchange, body: ParsedBody, addressed: Addressed): Promise<void> {
    const { server, name } = addressed;
    const { method } = body;
    const principal = principalKey(exchange.caller.principal);
    const binding: StateBinding = { principal, serverId: server.id, method, name };
    const state = ownMember(body.params, 'requestState');
    if (state !== undefined) {
      await this.#resume(exchange, body, state, binding);
      return;
    }
    const record = await this.records.begin(exchange.caller, {
      server,
      body: addressed.body,
      toolName: addressed.toolName,
      definitionHash: addressed.definitionHash,
      era: 'modern',
      method,
      argumentsBytes: body.argumentsBytes,
    });
    const abort = new LightAbort();
    const leg = new UpstreamLeg(
      this.#parts,
      {
        principal: exchange.caller.principal,
        server,
        client: legacyClientOf(body, GATEWAY_INFO),
        wantsLogs: ownMember(body.meta, LOG_LEVEL_KEY) !== undefined && Object.hasOwn(server.capabilities, 'logging'),
      },
      addressed.body,
      server.settings.timeoutMs ?? this.defaults.timeoutMs,
      abort,
    );
    const keeper = this.suspended.keeperFor(binding);
    const call = new BridgedCall(leg, abort, record, keeper, this.#aside(server), exchange, body);
    const { answered } = call;
    void call.run();
    await answered;
  }

  async #resume(exchange: Exchange, body: ParsedBody, given: unknown, binding: StateBinding): Promise<void> {
    if (typeof given !== 'string') {
      throw new AppError('invalid', 'mcp.invalid_params', 'Invalid params: params.requestState must be a string.');
    }
    const state = this.states.verify(given, binding);
    if (state.replica === this.replica) await this.suspended.resume(state, exchange, body);
    else await this.owners.retry(state.replica, exchange);
  }

  #aside(server: RoutedServer): Aside {
    return {
      listChanged: () => this.resync.soon(server.id),
      badMessage: (error) => this.#log.debug(`${server.name} said something that cannot be used: ${messageOf(error)}`),
    };
  }
}
