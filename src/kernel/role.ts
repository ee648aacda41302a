/** From the least to the most powerful; `user` and `service` stand on one step. */
export const ROLES = ['readonly', 'user', 'service', 'server_owner', 'admin'] as const;

export type Role = (typeof ROLES)[number];

const STEP: Readonly<Record<Role, number>> = { readonly: 0, user: 1, service: 1, server_owner: 2, admin: 3 };

/** Whether somebody with `held` may do what `needed` may. */
export function atLeast(held: readonly Role[], needed: Role): boolean {
  return held.some((role) => STEP[role] >= STEP[needed]);
}
