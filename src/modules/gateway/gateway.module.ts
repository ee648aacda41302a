import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { DiscoveryModule } from '../discovery/index.js';
import { modernToLegacyProviders } from './bridge/modern-to-legacy/providers.js';
import { BridgedCalls } from './bridge/legacy-to-modern/bridged-calls.js';
import { ClientQuestions } from './bridge/legacy-to-modern/client-questions.js';
import { InputRounds } from './bridge/legacy-to-modern/input-round.js';
import { LegacyToModern } from './bridge/legacy-to-modern/legacy-to-modern.js';
import { ModernLeg } from './bridge/legacy-to-modern/modern-leg.js';
import { ModernStreams } from './bridge/legacy-to-modern/modern-streams.js';
import { ResourceFeed } from './bridge/legacy-to-modern/resource-feed.js';
import { SessionMeta } from './bridge/legacy-to-modern/session-meta.js';
import { catalogueProviders } from './catalogue/catalogue.providers.js';
import { Addressing } from './endpoint/addressing.js';
import { LegacyCalls } from './endpoint/legacy-calls.js';
import { LegacyHandler } from './endpoint/legacy.handler.js';
import { ListAnswers } from './endpoint/list-answers.js';
import { McpEndpoint } from './endpoint/mcp-endpoint.js';
import { ModernHandler } from './endpoint/modern.handler.js';
import { RunningCalls } from './endpoint/running-calls.js';
import { SearchTools } from './endpoint/search-tools.js';
import { CallRecords } from './forward/call-records.js';
import { EraDoubts } from './forward/era-doubts.js';
import { Forwarder } from './forward/forwarder.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { GatewayUpkeep } from './gateway-upkeep.js';
import { RemoteLinks } from './forward/remote-links.js';
import { SseUpstreams } from './forward/sse-upstreams.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from './forward/upstream-defaults.js';
import { UpstreamClient } from './forward/upstream-client.js';
import { McpController } from './mcp.controller.js';
import { DistantStreams } from './replicas/distant-streams.js';
import { OwnedMessages } from './replicas/owned-messages.js';
import { OwnerRouting } from './replicas/owner-routing.js';
import { newReplicaId, REPLICA_ID } from './replicas/replica-id.js';
import { replicaInboxProvider } from './replicas/replica-inbox.provider.js';
import { ReplicaMembership } from './replicas/replica-membership.js';
import { OwnSessions } from './router/own-sessions.js';
import { RouterController } from './router/router.controller.js';
import { RouterService } from './router/router.service.js';
import { ToolCaller } from './router/tool-caller.js';
import { ToolOffersRepository } from './router/tool-offers.repository.js';
import { UpstreamStates } from './routing/upstream-states.js';
import { ServerRequests } from './sessions/server-requests.js';
import { sessionStoreProvider } from './sessions/session-store.provider.js';
import { SessionOpener } from './sessions/session-opener.js';
import { UpstreamSessions } from './sessions/upstream-sessions.js';
import { AggregateStreams } from './streams/aggregate-streams.js';
import { LegacyListen } from './streams/legacy-listen.js';
import { LegacyStreams } from './streams/legacy-streams.js';
import { ListWatch } from './streams/list-watch.js';
import { ListenStreams } from './streams/listen-streams.js';
import { ResourceUpdates } from './streams/resource-updates.js';
import { StreamHub } from './streams/stream-hub.js';
import { UnownedMessages } from './streams/unowned-messages.js';
import { UpstreamListen } from './streams/upstream-listen.js';
import { UpstreamStream } from './streams/upstream-stream.js';

export interface GatewayModuleOptions {
  readonly upstream: UpstreamDefaults;
  readonly catalogueBytes: number;
}

@Module({})
export class GatewayModule {
  static forRoot(options: GatewayModuleOptions): DynamicModule {
    return {
      module: GatewayModule,
      imports: [DiscoveryModule],
      controllers: [McpController, RouterController],
      providers: [
        ...catalogueProviders(options.catalogueBytes),
        {
          provide: UpstreamStates,
          inject: [Clock],
          useFactory: (clock: Clock) => new UpstreamStates(clock, { maxInFlight: options.upstream.maxInFlight }),
        },
        { provide: REPLICA_ID, useFactory: newReplicaId },
        sessionStoreProvider,
        replicaInboxProvider,
        ReplicaMembership,
        OwnerRouting,
        OwnedMessages,
        DistantStreams,
        { provide: UPSTREAM_DEFAULTS, useValue: options.upstream },
        ...modernToLegacyProviders,
        Addressing,
        ListAnswers,
        SearchTools,
        ModernHandler,
        LegacyHandler,
        LegacyCalls,
        RunningCalls,
        McpEndpoint,
        CallRecords,
        EraDoubts,
        Forwarder,
        BridgedCalls,
        ClientQuestions,
        InputRounds,
        LegacyToModern,
        ModernLeg,
        ModernStreams,
        ResourceFeed,
        SessionMeta,
        UpstreamClient,
        SseUpstreams,
        RemoteLinks,
        SessionOpener,
        UpstreamSessions,
        ServerRequests,
        LegacyStreams,
        AggregateStreams,
        UpstreamStream,
        ListenStreams,
        ResourceUpdates,
        UpstreamListen,
        LegacyListen,
        UnownedMessages,
        ListWatch,
        StreamHub,
        OwnSessions,
        RouterService,
        ToolCaller,
        ToolOffersRepository,
        GatewayUpkeep,
        GatewayMetrics,
      ],
    };
  }
}
