import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../kernel/app-error.js';
import type { Role } from '../../kernel/role.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { metadataUrl } from './resource-metadata.js';

/** What a client is told that has to sign in, or to sign in with more (RFC 6750, section 3; RFC 9728, section 5.1). */
@Injectable()
export class Challenges {
  constructor(@Inject(AUTH_OPTIONS) private readonly options: AuthOptions) {}

  /** The refusal with its challenge. What was wrong with a credential is told, that there was none is no error. */
  unauthenticated(request: FastifyRequest, refusal: AppError): AppError {
    const invalid = refusal.code === 'auth.missing' ? '' : ', error="invalid_token"';
    return new AppError(refusal.kind, refusal.code, refusal.message, {
      cause: refusal,
      challenge: `Bearer ${this.#metadata(request)}${invalid}`,
    });
  }

  forbidden(request: FastifyRequest, needed: Role | 'operator'): AppError {
    const message =
      needed === 'operator'
        ? 'This is for operators: administrators who may do what concerns all tenants.'
        : `This needs the role ${needed} or one above it.`;
    return new AppError('forbidden', 'auth.forbidden', message, {
      challenge: `Bearer ${this.#metadata(request)}, error="insufficient_scope", scope="${needed}"`,
    });
  }

  #metadata(request: FastifyRequest): string {
    const route = request.routeOptions.url ?? '';
    // Every MCP endpoint is below the one resource.
    const path = route === '/mcp' || route.startsWith('/mcp/') ? '/mcp' : '';
    return `resource_metadata="${metadataUrl(this.options.publicUrl ?? `http://${request.host}`, path)}"`;
  }
}
