import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { scopeOf } from '../../../kernel/principal.js';
import type { Scope } from '../../../kernel/scope.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { AuditService } from '../../audit/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { type Offer, selectCandidates } from '../routing/candidates.js';
import { chooseOffer } from '../routing/choose-offer.js';
import { createStrategies, DEFAULT_STRATEGY, type StrategyName } from '../routing/strategies/strategies.js';
import { stateOf } from '../routing/state-of.js';
import { UpstreamStates } from '../routing/upstream-states.js';
import { type ToolAnswer, type ToolCall, ToolCaller } from './tool-caller.js';
import { ToolOffersRepository } from './tool-offers.repository.js';

export interface RoutedCall extends ToolCall {
  /** Name of the server that is meant, where several offer the tool. */
  readonly server?: string | undefined;
  /** Tools that the server must offer too. */
  readonly requiredTools?: readonly string[] | undefined;
  /** Names of servers, taken before all others where they qualify. */
  readonly preferredServers?: readonly string[] | undefined;
  readonly strategy?: StrategyName | undefined;
}

export interface RoutedAnswer extends ToolAnswer {
  readonly server: RoutedServer;
  readonly responseTimeMs: number;
}

type ServerOffer = Offer & { readonly server: RoutedServer };

/** Failures before any byte was sent: another server may take the call. */
const NOT_SENT = new Set(['egress.unreachable', 'egress.unresolvable']);

/** Calls a tool for a caller that does not speak MCP, on one of the servers that offer it. */
@Injectable()
export class RouterService {
  readonly #strategies = createStrategies();

  constructor(
    private readonly offers: ToolOffersRepository,
    private readonly routes: RouteTable,
    private readonly states: UpstreamStates,
    private readonly caller: ToolCaller,
    private readonly audit: AuditService,
  ) {}

  /** @throws AppError `router.no_server` (404), `router.ambiguous` (409), `gateway.*`. */
  async call(caller: Caller, call: RoutedCall): Promise<RoutedAnswer> {
    const scope = scopeOf(caller.principal);
    const tiers = this.#tiers(call, await this.#offers(scope, call));
    const strategy = this.#strategies[call.strategy ?? DEFAULT_STRATEGY];
    const { tenantId, subject } = caller.principal;
    const key = { tenantId, subject, route: tiers[0]?.[0]?.definitionHash ?? call.tool };
    const tried = new Set<string>();
    for (;;) {
      const offer = chooseOffer(tiers, strategy, key, tried);
      if (!offer)
        throw new AppError('unavailable', MCP_ERROR.upstreamBusy, 'No server can take the call right now.', {
          retryAfterSeconds: 1,
        });
      try {
        return await this.#callOn(caller, offer, call);
      } catch (error) {
        tried.add(offer.server.id);
        // Refused before any byte: once more, elsewhere. Anything else may have run.
        const again = error instanceof AppError && NOT_SENT.has(error.code) && tried.size < 2;
        if (!again || !chooseOffer(tiers, strategy, key, tried)) throw error;
      }
    }
  }

  async #offers(scope: Scope, call: RoutedCall): Promise<ServerOffer[]> {
    const required = new Set([call.tool, ...(call.requiredTools ?? [])]);
    const rows = await this.offers.offersOf(scope, [...required]);
    const toolsOf = new Map<string, number>();
    for (const { serverId } of rows) toolsOf.set(serverId, (toolsOf.get(serverId) ?? 0) + 1);
    const meant = call.server?.toLowerCase();
    return rows.flatMap(({ serverId, toolName, definitionHash }) => {
      if (toolName !== call.tool || toolsOf.get(serverId) !== required.size) return [];
      const server = this.routes.byId(scope, serverId);
      if (!server || (meant !== undefined && server.name.toLowerCase() !== meant && server.alias !== meant)) return [];
      const { status, lifecycle } = server;
      return [{ server, upstream: stateOf(this.states, server), status, lifecycle, toolName, definitionHash }];
    });
  }

  #tiers(call: RoutedCall, offers: readonly ServerOffer[]): readonly (readonly ServerOffer[])[] {
    const selection = selectCandidates(offers);
    switch (selection.kind) {
      case 'none':
        throw new AppError(
          'not_found',
          'router.no_server',
          `No server that you may use offers ${[call.tool, ...(call.requiredTools ?? [])].join(', ')}.`,
        );
      case 'ambiguous':
        throw new AppError(
          'conflict',
          'router.ambiguous',
          `Several servers have different tools named ${call.tool}: name one with "server".`,
          {
            data: { candidates: selection.candidates.map(({ server }) => ({ id: server.id, name: server.name })) },
          },
        );
      case 'all_open':
      case 'all_busy':
        throw new AppError(
          'unavailable',
          MCP_ERROR.upstreamBusy,
          `Every server that offers ${call.tool} is resting or full.`,
          {
            retryAfterSeconds: selection.retryAfterMs / 1000,
          },
        );
      case 'candidates':
        return preferredFirst(selection.tiers, call.preferredServers ?? []);
    }
  }

  async #callOn(caller: Caller, { server, definitionHash }: ServerOffer, call: RoutedCall): Promise<RoutedAnswer> {
    const permit = stateOf(this.states, server).begin();
    if ('reason' in permit) {
      throw new AppError('unavailable', MCP_ERROR.upstreamBusy, `${server.name} cannot take the call right now.`, {
        retryAfterSeconds: permit.retryAfterMs / 1000,
      });
    }
    const startedMs = performance.now();
    const intent = {
      caller,
      action: 'router/call',
      serverId: server.id,
      serverName: server.name,
      toolName: call.tool,
      definitionHash,
      argumentsBytes: Buffer.from(JSON.stringify(call.arguments)),
      era: 'rest',
    } as const;
    return this.audit.record(intent, async () => {
      try {
        const answer = await this.caller.call(caller.principal, server, call);
        permit.succeed();
        return { ...answer, server, responseTimeMs: Math.round((performance.now() - startedMs) * 100) / 100 };
      } catch (error) {
        // The caller's own mistake says nothing about the server.
        if (error instanceof AppError && error.code === 'gateway.tool_refused') permit.succeed();
        else permit.fail();
        throw error;
      }
    });
  }
}

function preferredFirst(
  tiers: readonly (readonly ServerOffer[])[],
  preferred: readonly string[],
): readonly (readonly ServerOffer[])[] {
  if (preferred.length === 0) return tiers;
  const names = new Set(preferred.map((name) => name.toLowerCase()));
  const wanted = ({ server }: ServerOffer): boolean => names.has(server.name.toLowerCase());
  return [
    ...tiers.map((tier) => tier.filter(wanted)),
    ...tiers.map((tier) => tier.filter((offer) => !wanted(offer))),
  ].filter((tier) => tier.length > 0);
}
