import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../../http/access.js';
import { CursorCodec } from '../../http/cursor.js';
import { Endpoint } from '../../http/endpoint.js';
import type { Caller } from '../../kernel/caller.js';
import type { Page } from '../../kernel/page.js';
import { ChildrenRepository } from './children.repository.js';
import { HealthRepository } from './health/health.repository.js';
import { HealthPage, ListChildren, PromptPage, ResourcePage, ServerId, ToolPage } from './servers.schemas.js';
import { ServersService } from './servers.service.js';
import { currentHealthOnWire, healthCheckOnWire, promptOnWire, resourceOnWire, toolOnWire } from './wire.js';

type ListQuery = z.output<typeof ListChildren>;

const refusals = { access: 'readonly', errors: [400, 404] } as const;

@ApiTags('servers')
@Controller('api/v1/servers/:id')
export class ServerChildrenController {
  constructor(
    private readonly service: ServersService,
    private readonly children: ChildrenRepository,
    private readonly checks: HealthRepository,
    private readonly cursors: CursorCodec,
  ) {}

  @Get('tools')
  @Endpoint({ operationId: 'listServerTools', summary: 'The tools of a server', response: ToolPage, ...refusals })
  async tools(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Query({ schema: ListChildren }) query: ListQuery,
  ) {
    const page = await this.#page(caller, ['tools', id], query, (limit, after) =>
      this.children.tools(id, limit, after),
    );
    return { ...page, items: page.items.map(toolOnWire) };
  }

  @Get('resources')
  @Endpoint({
    operationId: 'listServerResources',
    summary: 'The resources and resource templates of a server',
    response: ResourcePage,
    ...refusals,
  })
  async resources(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Query({ schema: ListChildren }) query: ListQuery,
  ) {
    const page = await this.#page(caller, ['resources', id], query, (limit, after) =>
      this.children.resources(id, limit, after),
    );
    return { ...page, items: page.items.map(resourceOnWire) };
  }

  @Get('prompts')
  @Endpoint({ operationId: 'listServerPrompts', summary: 'The prompts of a server', response: PromptPage, ...refusals })
  async prompts(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Query({ schema: ListChildren }) query: ListQuery,
  ) {
    const page = await this.#page(caller, ['prompts', id], query, (limit, after) =>
      this.children.prompts(id, limit, after),
    );
    return { ...page, items: page.items.map(promptOnWire) };
  }

  @Get('health')
  @Endpoint({
    operationId: 'getServerHealth',
    summary: 'The health of a server now, and its history',
    response: HealthPage,
    ...refusals,
  })
  async health(
    @CurrentCaller() { principal }: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Query({ schema: ListChildren }) { limit, cursor }: ListQuery,
  ): Promise<z.output<typeof HealthPage>> {
    const server = await this.service.find(principal, id);
    const list = ['health', id];
    const [at, lastId] = cursor === undefined ? [] : this.cursors.decode(cursor, list);
    const after = at === undefined || lastId === undefined ? undefined : { checkedAt: new Date(at), id: lastId };
    const rows = await this.checks.history(id, limit + 1, after);
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      current: currentHealthOnWire(server),
      items: items.map(healthCheckOnWire),
      nextCursor: last ? this.cursors.encode([last.checkedAt.toISOString(), last.id], list) : null,
    };
  }

  /** Who may see the server may see its children. */
  async #page<Row extends { readonly id: string }>(
    { principal }: Caller,
    list: readonly string[],
    { limit, cursor }: ListQuery,
    read: (limit: number, afterId?: string) => Promise<Row[]>,
  ): Promise<Page<Row>> {
    const [, serverId = ''] = list;
    await this.service.find(principal, serverId);
    const [after] = cursor === undefined ? [] : this.cursors.decode(cursor, list);
    const rows = await read(limit + 1, after);
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last ? this.cursors.encode([last.id], list) : null };
  }
}
