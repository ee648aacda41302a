import { isIP } from 'node:net';
import { AppError } from '../kernel/app-error.js';
import type { EgressPolicy } from './address-policy.js';
import { EgressDeniedError } from './egress-errors.js';
import type { Resolver } from './resolver.js';

export interface Gate {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
}

/**
 * The addresses of a host, all of them permitted, in order. One refused address refuses the host: a name
 * that mixes outside and inside is either an attack or a mistake.
 * @param host a name or a literal, IPv6 with or without brackets
 * @throws EgressDeniedError, UnresolvableError, AppError `egress.own_unresolvable`
 */
export async function checkedAddresses(gate: Gate, host: string, port: number): Promise<readonly string[]> {
  const bare = host.replace(/^\[|\]$/g, '');
  const [addresses, ownAddresses] = await Promise.all([
    isIP(bare) === 0 ? gate.resolver.resolve(bare) : [bare],
    ownAddressesOn(gate, port),
  ]);
  for (const address of addresses) {
    const verdict = gate.policy.judge({ host: bare, address, port, ownAddresses });
    if (!verdict.allowed) throw new EgressDeniedError(bare, address, verdict.rule);
  }
  return addresses;
}

async function ownAddressesOn({ policy, resolver }: Gate, port: number): Promise<readonly string[]> {
  try {
    const found = await Promise.all(policy.ownNames(port).map((name) => resolver.resolve(name)));
    return found.flat();
  } catch (cause) {
    // Closed rather than open: without our own addresses nobody can say that this is not one of them.
    throw new AppError(
      'unavailable',
      'egress.own_unresolvable',
      `the service cannot look up its own addresses on port ${port} now, and so refuses that port; try again`,
      { cause, retryAfterSeconds: 5 },
    );
  }
}
