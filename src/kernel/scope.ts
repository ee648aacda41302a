declare const scoped: unique symbol;

/**
 * Whose rows a query may touch. The first argument of every repository method on tenant data;
 * `database/scope-sql.ts` is the one place that turns it into SQL. Branded, so that an object
 * literal is not one.
 */
export type Scope = ({ readonly kind: 'tenant'; readonly tenantId: string } | { readonly kind: 'system' }) & {
  readonly [scoped]: true;
};

export function tenantScope(tenantId: string): Scope {
  return { kind: 'tenant', tenantId } as Scope;
}

/** For jobs only: every tenant's rows. */
export const systemScope: Scope = { kind: 'system' } as Scope;

/** A key that callers with the same view share, and nobody else. */
export function scopeKey(scope: Scope): string {
  return scope.kind === 'system' ? '*' : `t:${scope.tenantId}`;
}
