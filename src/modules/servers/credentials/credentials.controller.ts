import { Body, Controller, Delete, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentCaller } from '../../../http/access.js';
import { Endpoint } from '../../../http/endpoint.js';
import type { Caller } from '../../../kernel/caller.js';
import { ServerId } from '../servers.schemas.js';
import { GivenCredential } from './credentials.schemas.js';
import { CredentialsService } from './credentials.service.js';
import { credentialOf } from './given-credential.js';

@ApiTags('servers')
@Controller('api/v1/servers/:id/credentials')
export class CredentialsController {
  constructor(private readonly service: CredentialsService) {}

  @Put()
  @Endpoint({
    operationId: 'setServerCredentials',
    summary: 'Store the credentials that a server expects',
    description:
      'Replaces what was stored. Write only: no route returns them. They are sent to the origin that the server has now, and are dropped when it moves to another one. The next round of health checks uses them; `POST /api/v1/servers/{id}/probe` tries them at once.',
    access: 'server_owner',
    status: 204,
    errors: [400, 404, 413, 415, 422],
  })
  async set(
    @CurrentCaller() caller: Caller,
    @Param('id', { schema: ServerId }) id: string,
    @Body({ schema: GivenCredential }) body: z.output<typeof GivenCredential>,
  ): Promise<void> {
    await this.service.set(caller, id, credentialOf(body));
  }

  @Delete()
  @Endpoint({
    operationId: 'deleteServerCredentials',
    summary: 'Delete the stored credentials of a server',
    access: 'server_owner',
    status: 204,
    errors: [400, 404],
  })
  async remove(@CurrentCaller() caller: Caller, @Param('id', { schema: ServerId }) id: string): Promise<void> {
    await this.service.remove(caller, id);
  }
}
