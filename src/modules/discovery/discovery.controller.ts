import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../../http/access.js';
import { CursorCodec } from '../../http/cursor.js';
import { Endpoint } from '../../http/endpoint.js';
import type { Caller } from '../../kernel/caller.js';
import { scopeOf } from '../../kernel/principal.js';
import {
  DiscoveredPrompts,
  DiscoveredResources,
  DiscoveredServers,
  DiscoveredTools,
  DiscoverPrompts,
  DiscoverResources,
  DiscoverServers,
  DiscoverTools,
} from './discovery.schemas.js';
import { DiscoveryService } from './discovery.service.js';
import type { Position } from './found.js';

const refusals = { access: 'readonly', errors: [400] } as const;

@ApiTags('discovery')
@Controller('api/v1/discovery')
export class DiscoveryController {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly cursors: CursorCodec,
  ) {}

  @Get('tools')
  @Endpoint({
    operationId: 'discoverTools',
    summary: 'Find tools by exact names, by free text, or in the order of names',
    description: 'A name that nobody offers is an empty answer. Agents may ask in whole sentences with `q`.',
    response: DiscoveredTools,
    ...refusals,
  })
  async tools(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: DiscoverTools }) query: z.output<typeof DiscoverTools>,
  ): Promise<z.output<typeof DiscoveredTools>> {
    const { tools: names, q: text, cursor, ...rest } = query;
    const list = ['discovery/tools', names, text, rest.match, rest.includeInactive];
    const after = this.#position(cursor, list);
    const { items, servers, next } = await this.discovery.tools(scopeOf(principal), { names, text, after, ...rest });
    return { tools: items, servers, nextCursor: this.#cursor(next, list) } as z.output<typeof DiscoveredTools>;
  }

  @Get('resources')
  @Endpoint({
    operationId: 'discoverResources',
    summary: 'Find resources and resource templates by exact names or URIs, MIME type, or free text',
    response: DiscoveredResources,
    ...refusals,
  })
  async resources(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: DiscoverResources }) query: z.output<typeof DiscoverResources>,
  ): Promise<z.output<typeof DiscoveredResources>> {
    const { resources: names, q: text, cursor, ...rest } = query;
    const list = ['discovery/resources', names, text, rest.type, rest.match, rest.includeInactive];
    const after = this.#position(cursor, list);
    const { items, servers, next } = await this.discovery.resources(scopeOf(principal), {
      names,
      text,
      after,
      ...rest,
    });
    return { resources: items, servers, nextCursor: this.#cursor(next, list) } as z.output<typeof DiscoveredResources>;
  }

  @Get('prompts')
  @Endpoint({
    operationId: 'discoverPrompts',
    summary: 'Find prompts by exact names or free text',
    response: DiscoveredPrompts,
    ...refusals,
  })
  async prompts(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: DiscoverPrompts }) query: z.output<typeof DiscoverPrompts>,
  ): Promise<z.output<typeof DiscoveredPrompts>> {
    const { prompts: names, q: text, cursor, ...rest } = query;
    const list = ['discovery/prompts', names, text, rest.match, rest.includeInactive];
    const after = this.#position(cursor, list);
    const { items, servers, next } = await this.discovery.prompts(scopeOf(principal), { names, text, after, ...rest });
    return { prompts: items, servers, nextCursor: this.#cursor(next, list) } as z.output<typeof DiscoveredPrompts>;
  }

  @Get('servers')
  @Endpoint({
    operationId: 'discoverServers',
    summary: 'Find servers by free text or capability',
    response: DiscoveredServers,
    ...refusals,
  })
  async servers(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: DiscoverServers }) query: z.output<typeof DiscoverServers>,
  ): Promise<z.output<typeof DiscoveredServers>> {
    const { q: text, cursor, ...rest } = query;
    const list = ['discovery/servers', text, rest.capabilities, rest.includeInactive];
    const after = this.#position(cursor, list);
    const { servers, next } = await this.discovery.servers(scopeOf(principal), { text, after, ...rest });
    return { servers, nextCursor: this.#cursor(next, list) } as z.output<typeof DiscoveredServers>;
  }

  #position(cursor: string | undefined, list: unknown): Position | undefined {
    if (cursor === undefined) return undefined;
    const [name = '', id = ''] = this.cursors.decode(cursor, list);
    return { name, id };
  }

  #cursor(next: Position | null, list: unknown): string | null {
    return next && this.cursors.encode([next.name, next.id], list);
  }
}
