import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type Access, ACCESS_METADATA } from '../../http/access.js';
import { AppError } from '../../kernel/app-error.js';
import { atLeast } from '../../kernel/role.js';
import { authenticateLocally } from './local-mode.js';

/** Deny by default: a route that does not say who may use it is for nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** What a route declares does not change; by handler, each of which is one class's. */
  readonly #known = new WeakMap<object, Access | undefined>();

  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.#accessOf(context);
    if (access === 'public') return true;
    if (access === undefined) {
      throw new AppError('forbidden', 'auth.undeclared', 'This route does not say who may use it.');
    }
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = authenticateLocally(request.headers);
    if (!atLeast(principal.roles, access)) {
      throw new AppError('forbidden', 'auth.forbidden', `This needs the role ${access} or one above it.`);
    }
    request.principal = principal;
    return true;
  }

  #accessOf(context: ExecutionContext): Access | undefined {
    const handler = context.getHandler();
    if (this.#known.has(handler)) return this.#known.get(handler);
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, [handler, context.getClass()]);
    this.#known.set(handler, access);
    return access;
  }
}
