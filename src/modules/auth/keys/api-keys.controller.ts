import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentCaller } from '../../../http/access.js';
import { CursorCodec } from '../../../http/cursor.js';
import { Endpoint } from '../../../http/endpoint.js';
import type { Caller } from '../../../kernel/caller.js';
import {
  ApiKeyId,
  apiKeyOnWire,
  ApiKeyPage,
  IssueApiKey,
  IssuedApiKeyResponse,
  issuedOnWire,
  ListApiKeys,
  RotateApiKey,
} from './api-keys.schemas.js';
import { ApiKeysService } from './api-keys.service.js';

const LIST = ['api-keys'];

@ApiTags('auth')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly service: ApiKeysService,
    private readonly cursors: CursorCodec,
  ) {}

  @Post()
  @Endpoint({
    operationId: 'issueApiKey',
    summary: 'Make an API key; its secret is shown this once',
    access: 'admin',
    status: 201,
    response: IssuedApiKeyResponse,
    errors: [400, 413, 415],
  })
  async issue(
    @CurrentCaller() caller: Caller,
    @Body({ schema: IssueApiKey }) body: z.output<typeof IssueApiKey>,
  ): Promise<z.output<typeof IssuedApiKeyResponse>> {
    return issuedOnWire(await this.service.issue(caller, body));
  }

  @Get()
  @Endpoint({
    operationId: 'listApiKeys',
    summary: 'List API keys, newest first',
    access: 'admin',
    response: ApiKeyPage,
    errors: [400],
  })
  async list(
    @CurrentCaller() { principal }: Caller,
    @Query({ schema: ListApiKeys }) { limit, cursor }: z.output<typeof ListApiKeys>,
  ): Promise<z.output<typeof ApiKeyPage>> {
    const [after] = cursor === undefined ? [] : this.cursors.decode(cursor, LIST);
    const rows = await this.service.page(principal, limit + 1, after);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { items: page.map(apiKeyOnWire), nextCursor: last ? this.cursors.encode([last.id], LIST) : null };
  }

  @Post(':id/rotate')
  @Endpoint({
    operationId: 'rotateApiKey',
    summary: 'Give a key another secret; the old one stays good for a while',
    access: 'admin',
    response: IssuedApiKeyResponse,
    errors: [400, 404, 413, 415],
  })
  async rotate(
    @CurrentCaller() caller: Caller,
    @Param({ schema: ApiKeyId }) { id }: z.output<typeof ApiKeyId>,
    @Body({ schema: RotateApiKey }) { overlapSeconds }: z.output<typeof RotateApiKey>,
  ): Promise<z.output<typeof IssuedApiKeyResponse>> {
    return issuedOnWire(await this.service.rotate(caller, id, overlapSeconds));
  }

  @Delete(':id')
  @Endpoint({
    operationId: 'revokeApiKey',
    summary: 'Revoke a key, at once and on every replica',
    access: 'admin',
    status: 204,
    errors: [400, 404],
  })
  async revoke(
    @CurrentCaller() caller: Caller,
    @Param({ schema: ApiKeyId }) { id }: z.output<typeof ApiKeyId>,
  ): Promise<void> {
    await this.service.revoke(caller, id);
  }
}
