import { addressForms, normaliseHost } from './address-forms.js';
import { alwaysDenied, isMetadataHost, privateKind } from './address-ranges.js';
import { interfaceAddresses, type OwnEndpoint, OwnEndpoints } from './own-endpoints.js';
import { parseRuleEntry, type RuleEntry } from './rule-entry.js';

/** `rule` is for people: `always denied: cloud metadata`, `EGRESS_DENY 10.0.0.0/8`, `private address`. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly rule: string };

export interface EgressRules {
  /** CIDRs, addresses, host names, `*.suffix`. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Whether private ranges and loopback are open, as in local mode. */
  readonly allowPrivate: boolean;
  /** Listeners, as they are bound: not a public name whose address other hosts share. */
  readonly own: readonly OwnEndpoint[];
}

export interface EgressTarget {
  /** As the URL names it. */
  readonly host: string;
  /** One of the addresses that `host` resolved to, or the literal that it is. */
  readonly address: string;
  readonly port: number;
  /** What `ownNames(port)` resolved to. */
  readonly ownAddresses?: readonly string[];
}

const ALLOWED: Verdict = { allowed: true };
const refuse = (rule: string): Verdict => ({ allowed: false, rule });

/**
 * Where the service may connect to. The order: what is always denied, EGRESS_DENY, EGRESS_ALLOW,
 * private ranges, else allowed. An address that embeds an IPv4 address is judged by that one too.
 */
export class EgressPolicy {
  readonly #allow: readonly RuleEntry[];
  readonly #deny: readonly RuleEntry[];
  readonly #allowPrivate: boolean;
  readonly #own: OwnEndpoints;

  /** @throws Error naming an entry of `allow` or `deny` that cannot be read. */
  constructor(rules: EgressRules, interfaces: () => readonly string[] = interfaceAddresses) {
    this.#allow = rules.allow.map((text) => parseRuleEntry('EGRESS_ALLOW', text));
    this.#deny = rules.deny.map((text) => parseRuleEntry('EGRESS_DENY', text));
    this.#allowPrivate = rules.allowPrivate;
    this.#own = new OwnEndpoints(rules.own, interfaces);
  }

  /** Adds an endpoint that became known later, such as a listener on a port that the system chose. */
  protect(endpoint: OwnEndpoint): void {
    this.#own.add(endpoint);
  }

  /** Names of ours that have to be resolved before a target on this port can be judged. */
  ownNames(port: number): readonly string[] {
    return this.#own.namesOn(port);
  }

  judge(target: EgressTarget): Verdict {
    const host = normaliseHost(target.host);
    if (isMetadataHost(host)) return refuse('always denied: cloud metadata');
    const forms = addressForms(target.address);
    if (!forms) return refuse('always denied: not an address');
    for (const form of forms) {
      const reason = alwaysDenied(form);
      if (reason !== undefined) return refuse(`always denied: ${reason}`);
      if (this.#own.matches(host, form, target.port, target.ownAddresses ?? [])) {
        return refuse('always denied: our own listener, PostgreSQL or Redis');
      }
    }
    const denied = this.#deny.find((entry) => entry.matchesHost(host) || forms.some((f) => entry.matchesAddress(f)));
    if (denied) return refuse(`EGRESS_DENY ${denied.text}`);

    const [address, ...embedded] = forms;
    const allowed = this.#allow.some((entry) => entry.matchesHost(host) || entry.matchesAddress(address));
    if (allowed || this.#allowPrivate) return ALLOWED;
    for (const form of [address, ...embedded]) {
      const kind = privateKind(form);
      if (kind !== undefined && !this.#allow.some((entry) => entry.matchesAddress(form))) return refuse(kind);
    }
    return ALLOWED;
  }
}
