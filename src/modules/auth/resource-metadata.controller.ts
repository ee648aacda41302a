import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Endpoint } from '../../http/endpoint.js';
import { AppError } from '../../kernel/app-error.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { ProtectedResourceMetadata } from './auth.schemas.js';
import { METADATA_PATH, protectedResource } from './resource-metadata.js';

/** With and without the path of an MCP endpoint behind it (RFC 9728, section 3.1). */
@ApiTags('auth')
@Controller()
export class ResourceMetadataController {
  constructor(@Inject(AUTH_OPTIONS) private readonly options: AuthOptions) {}

  @Get(METADATA_PATH)
  @Endpoint({
    operationId: 'getProtectedResource',
    summary: 'Where MCP clients get tokens for this service (RFC 9728)',
    access: 'public',
    response: ProtectedResourceMetadata,
    errors: [404],
  })
  whole(@Req() request: FastifyRequest): z.output<typeof ProtectedResourceMetadata> {
    return this.#metadata(request);
  }

  @Get(`${METADATA_PATH}/mcp`)
  @Endpoint({
    operationId: 'getProtectedMcpResource',
    summary: 'The same under the path of the MCP endpoint',
    access: 'public',
    response: ProtectedResourceMetadata,
    errors: [404],
  })
  mcp(@Req() request: FastifyRequest): z.output<typeof ProtectedResourceMetadata> {
    return this.#metadata(request);
  }

  #metadata(request: FastifyRequest): z.output<typeof ProtectedResourceMetadata> {
    if (this.options.mode === 'local') {
      throw new AppError(
        'not_found',
        'auth.no_metadata',
        'In local mode nobody signs in, so there is nothing to discover.',
      );
    }
    const found = protectedResource(this.options, this.options.publicUrl ?? `http://${request.host}`);
    return {
      ...found,
      bearer_methods_supported: [...found.bearer_methods_supported],
      authorization_servers: found.authorization_servers && [...found.authorization_servers],
      scopes_supported: found.scopes_supported && [...found.scopes_supported],
    };
  }
}
