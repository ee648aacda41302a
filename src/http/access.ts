import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../kernel/app-error.js';
import type { Caller } from '../kernel/caller.js';
import type { Principal } from '../kernel/principal.js';
import type { Role } from '../kernel/role.js';

/**
 * Who may use a route: anybody, whoever holds at least this role, or administrators who may do what concerns all
 * tenants. A route that says nothing is refused.
 */
export type Access = 'public' | Role | 'operator';

export const ACCESS_METADATA = 'access';

/** Declares who may use a route; read by the guard in `auth`. */
export const AllowAccess = (access: Access) => SetMetadata(ACCESS_METADATA, access);

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; undefined on public routes. */
    principal?: Principal;
  }
}

/** Who is asking, with the request's correlation id and address. */
export function callerOf({ principal, id, ip }: FastifyRequest): Caller {
  if (!principal) throw new AppError('internal', 'internal', 'a route that needs a caller is public');
  return { principal, correlationId: id, clientIp: ip };
}

/** {@link callerOf} as a controller's parameter. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
