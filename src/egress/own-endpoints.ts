import { networkInterfaces } from 'node:os';
import { type Address, addressForms, normaliseHost } from './address-forms.js';
import { isLoopback, isUnspecified } from './address-ranges.js';

/** Something of ours that nobody may be led to: our listener, PostgreSQL, Redis. */
export interface OwnEndpoint {
  /** A name, an address, or the address that a listener is bound to (`0.0.0.0`, `::`). */
  readonly host: string;
  readonly port: number;
}

/** This machine's addresses on its network interfaces. */
export function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

/** Knows by port and address what is ours. Names of ours are resolved by the caller, at each check. */
export class OwnEndpoints {
  readonly #hostsByPort = new Map<number, Set<string>>();

  constructor(
    own: readonly OwnEndpoint[],
    private readonly interfaces: () => readonly string[],
  ) {
    for (const endpoint of own) this.add(endpoint);
  }

  add({ host, port }: OwnEndpoint): void {
    const hosts = this.#hostsByPort.get(port) ?? new Set();
    this.#hostsByPort.set(port, hosts.add(normaliseHost(host)));
  }

  /** The names among what is ours on a port: only they take a look-up. */
  namesOn(port: number): readonly string[] {
    return [...(this.#hostsByPort.get(port) ?? [])].filter((host) => !addressForms(host) && !isLocalName(host));
  }

  /** @param resolved the addresses of `namesOn(port)`. */
  matches(host: string, address: Address, port: number, resolved: readonly string[]): boolean {
    const hosts = this.#hostsByPort.get(port);
    if (!hosts) return false;
    if (hosts.has(host)) return true;
    for (const own of [...hosts, ...resolved]) {
      const [ownAddress] = addressForms(own) ?? [];
      const local = ownAddress ? isLoopback(ownAddress) || isUnspecified(ownAddress) : isLocalName(own);
      // What listens on loopback or everywhere is reached by every name that this machine has.
      if (local ? this.#isThisMachine(address) : ownAddress && sameAddress(ownAddress, address)) return true;
    }
    return false;
  }

  #isThisMachine(address: Address): boolean {
    if (isLoopback(address)) return true;
    return this.interfaces().some((text) => {
      const [own] = addressForms(text) ?? [];
      return own !== undefined && sameAddress(own, address);
    });
  }
}

/** RFC 6761, section 6.3: these names are loopback, whatever a resolver says. */
function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function sameAddress(a: Address, b: Address): boolean {
  return a.kind() === b.kind() && a.match(b, a.kind() === 'ipv4' ? 32 : 128);
}
