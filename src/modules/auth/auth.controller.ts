import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentCaller } from '../../http/access.js';
import { Endpoint } from '../../http/endpoint.js';
import type { Caller } from '../../kernel/caller.js';
import { AuthStatistics, Me, Revoke } from './auth.schemas.js';
import { EntraTokens } from './entra/entra-tokens.js';
import { RevokingService } from './revocations/revoking.service.js';

@ApiTags('auth')
@Controller('api/v1')
export class AuthController {
  constructor(
    private readonly revoking: RevokingService,
    private readonly tokens: EntraTokens,
  ) {}

  @Get('auth/me')
  @Endpoint({ operationId: 'whoAmI', summary: 'Who you are here', access: 'readonly', response: Me })
  me(@CurrentCaller() { principal }: Caller): z.output<typeof Me> {
    const { kind, tenantId, subject, clientId, roles, operator } = principal;
    return { kind, tenantId, subject, clientId: clientId ?? null, roles: [...roles], operator };
  }

  @Post('auth/revoke')
  @Endpoint({
    operationId: 'revokeToken',
    summary: 'Refuse a token, or all tokens of a subject, from now on and on every replica',
    description: 'API keys are revoked by DELETE /api/v1/api-keys/{id}.',
    access: 'admin',
    status: 204,
    errors: [400, 413, 415, 422],
  })
  async revoke(
    @CurrentCaller() caller: Caller,
    @Body({ schema: Revoke }) { token, subject }: z.output<typeof Revoke>,
  ): Promise<void> {
    if (token !== undefined) await this.revoking.token(caller, token);
    else if (subject !== undefined) await this.revoking.subject(caller, subject);
  }

  @Get('monitoring/auth')
  @Endpoint({
    operationId: 'getAuthStatistics',
    summary: 'How tokens are checked on this replica',
    access: 'readonly',
    response: AuthStatistics,
  })
  statistics(): z.output<typeof AuthStatistics> {
    const { keySet, ...statistics } = this.tokens.statistics();
    return {
      ...statistics,
      keySet: keySet && { ...keySet, expiresAt: keySet.expiresAt?.toISOString() ?? null },
    };
  }
}
