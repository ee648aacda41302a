import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type Access, ACCESS_METADATA } from '../../http/access.js';
import { AppError } from '../../kernel/app-error.js';
import type { Principal } from '../../kernel/principal.js';
import { atLeast, type Role } from '../../kernel/role.js';
import { Authentication } from './authentication.js';
import { Challenges } from './challenges.js';
import { Refusals } from './refusals.js';

/** Deny by default: a route that does not say who may use it is for nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** What a route declares does not change; by handler, each of which is one class's. */
  readonly #known = new WeakMap<object, Access | undefined>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
    private readonly challenges: Challenges,
    private readonly refusals: Refusals,
  ) {}

  /** At once when the caller's credential is known already: this is on the way of every call. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.#accessOf(context);
    if (access === 'public') return true;
    if (access === undefined) {
      throw new AppError('forbidden', 'auth.undeclared', 'This route does not say who may use it.');
    }
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      const principal = this.authentication.principalOf(request.headers);
      return principal instanceof Promise
        ? principal.then(
            (known) => this.#admit(request, known, access),
            (error: unknown) => this.#refuse(request, error),
          )
        : this.#admit(request, principal, access);
    } catch (error) {
      return this.#refuse(request, error);
    }
  }

  #admit(request: FastifyRequest, principal: Principal, access: Role | 'operator'): true {
    const allowed =
      access === 'operator'
        ? principal.operator && atLeast(principal.roles, 'admin')
        : atLeast(principal.roles, access);
    if (!allowed) throw this.challenges.forbidden(request, access);
    request.principal = principal;
    return true;
  }

  #refuse(request: FastifyRequest, error: unknown): never {
    if (!(error instanceof AppError && error.kind === 'unauthenticated')) throw error;
    this.refusals.note(request, error);
    throw this.challenges.unauthenticated(request, error);
  }

  #accessOf(context: ExecutionContext): Access | undefined {
    const handler = context.getHandler();
    if (this.#known.has(handler)) return this.#known.get(handler);
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, [handler, context.getClass()]);
    this.#known.set(handler, access);
    return access;
  }
}
