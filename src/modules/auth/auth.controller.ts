import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentCaller } from '../../http/access.js';
import { Endpoint } from '../../http/endpoint.js';
import type { Caller } from '../../kernel/caller.js';
import { Me } from './auth.schemas.js';

@ApiTags('auth')
@Controller('api/v1/auth')
export class AuthController {
  @Get('me')
  @Endpoint({ operationId: 'whoAmI', summary: 'Who you are here', access: 'readonly', response: Me })
  me(@CurrentCaller() { principal }: Caller): z.output<typeof Me> {
    const { kind, tenantId, subject, clientId, roles, operator } = principal;
    return { kind, tenantId, subject, clientId: clientId ?? null, roles: [...roles], operator };
  }
}
