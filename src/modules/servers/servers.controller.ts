import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../../http/access.js';
import { CursorCodec } from '../../http/cursor.js';
import { Endpoint } from '../../http/endpoint.js';
import type { Caller } from '../../kernel/caller.js';
import { scopeOf } from '../../kernel/principal.js';
import { ChildListing } from './child-listing.js';
import { credentialOf } from './credentials/given-credential.js';
import {
  ChangeServer,
  ListServers,
  ProbedServerResponse,
  RegisterServer,
  ServerId,
  ServerPage,
  ServerResponse,
} from './servers.schemas.js';
import { ServersRepository } from './servers.repository.js';
import { type ProbedServer, ServersService } from './servers.service.js';
import { serverOnWire } from './wire.js';

@ApiTags('servers')
@Controller('api/v1/servers')
export class ServersController {
  constructor(
    private readonly service: ServersService,
    private readonly servers: ServersRepository,
    private readonly children: ChildListing,
    private readonly cursors: CursorCodec,
  ) {}

  @Post()
  @Endpoint({
    operationId: 'registerServer',
    summary: 'Register an MCP server',
    description:
      'Stores the entry, then connects to the server, finds out which protocol eras it speaks and reads its tools, resources and prompts. A server that does not answer is registered as `unhealthy` with `lastError`.',
    access: 'server_owner',
    status: 201,
    response: ProbedServerResponse,
    errors: [400, 409, 413, 415, 422],
  })
  async register(
    @CurrentCaller() caller: Caller,
    @Body({ schema: RegisterServer }) body: z.output<typeof RegisterServer>,
  ): Promise<z.output<typeof ProbedServerResponse>> {
    return probedOnWire(
      await this.service.register(caller, { ...body, credentials: body.credentials && credentialOf(body.credentials) }),
    );
  }

  @Get()
  @Endpoint({
    operationId: 'listServers',
    summary: 'List servers, newest first',
    access: 'readonly',
    response: ServerPage,
    errors: [400],
  })
  async list(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: ListServers }) query: z.output<typeof ListServers>,
  ): Promise<z.output<typeof ServerPage>> {
    const { limit, cursor, include = [], ...filters } = query;
    const list = ['servers', filters];
    const [after] = cursor === undefined ? [] : this.cursors.decode(cursor, list);
    const rows = await this.servers.page(scopeOf(principal), filters, limit + 1, after);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const children = await this.children.ofServers(
      page.map((server) => server.id),
      include,
    );
    return {
      items: page.map((server) => ({ ...serverOnWire(server), ...children.get(server.id) })),
      nextCursor: last ? this.cursors.encode([last.id], list) : null,
    };
  }

  @Get(':id')
  @Endpoint({
    operationId: 'getServer',
    summary: 'One server',
    access: 'readonly',
    response: ServerResponse,
    errors: [400, 404],
  })
  async get(
    @CurrentCaller() { principal }: Caller,
    @Param('id', { schema: ServerId }) id: string,
  ): Promise<z.output<typeof ServerResponse>> {
    return serverOnWire(await this.service.find(principal, id));
  }

  @Patch(':id')
  @Endpoint({
    operationId: 'changeServer',
    summary: 'Change a server',
    description: 'Members that are not given stay; `null` clears. A server that moves is probed at its new address.',
    access: 'server_owner',
    response: ServerResponse,
    errors: [400, 404, 409, 413, 415, 422],
  })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Body({ schema: ChangeServer }) body: z.output<typeof ChangeServer>,
  ): Promise<z.output<typeof ServerResponse>> {
    return serverOnWire(await this.service.change(caller, id, body));
  }

  @Delete(':id')
  @Endpoint({
    operationId: 'deleteServer',
    summary: 'Delete a server, with its tools, resources and prompts',
    access: 'server_owner',
    status: 204,
    errors: [400, 404],
  })
  async remove(@CurrentCaller() caller: Caller, @Param('id', { schema: ServerId }) id: string): Promise<void> {
    await this.service.remove(caller, id);
  }

  @Post(':id/probe')
  @Endpoint({
    operationId: 'probeServer',
    summary: 'Probe and sync a server now',
    access: 'server_owner',
    response: ProbedServerResponse,
    errors: [400, 404],
  })
  async probe(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
  ): Promise<z.output<typeof ProbedServerResponse>> {
    return probedOnWire(await this.service.probe(caller, id));
  }
}

function probedOnWire({ server, sync }: ProbedServer): z.output<typeof ProbedServerResponse> {
  return { ...serverOnWire(server), sync: sync && { ...sync, problems: [...sync.problems] } };
}
