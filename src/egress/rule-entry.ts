import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { type Address, normaliseHost, parseAddress } from './address-forms.js';

/** One entry of EGRESS_ALLOW or EGRESS_DENY. */
export interface RuleEntry {
  /** As it was written. */
  readonly text: string;
  matchesHost(host: string): boolean;
  matchesAddress(address: Address): boolean;
}

/** What `domainToASCII` would cut off or read as something else. */
const NO_HOST = /[\s/\\?#@:%[\]]/;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
/** A last label that URLs read as a part of an IPv4 address, so that no such host name exists. */
const NUMERIC_END = /(^|\.)(\d+|0x[0-9a-f]*)$/;

/**
 * Reads a CIDR (`10.0.0.0/8`), an address, a host name or a host wildcard (`*.example.com`, which is
 * every name below `example.com` and not that name itself).
 * @throws Error naming the entry, when it is none of these.
 */
export function parseRuleEntry(setting: string, text: string): RuleEntry {
  const entry = cidrEntry(text) ?? hostEntry(text);
  if (entry) return entry;
  throw new Error(`${setting}: "${text}" is not an address, a CIDR, a host name or *.suffix`);
}

function cidrEntry(text: string): RuleEntry | undefined {
  const cidr = parseCidr(text.trim());
  if (!cidr) return undefined;
  const [network, bits] = cidr;
  return {
    text,
    matchesHost: () => false,
    matchesAddress: (address) => address.kind() === network.kind() && address.match(network, bits),
  };
}

function parseCidr(text: string): [Address, number] | undefined {
  const [, network = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(network);
  if (!address) return undefined;
  const most = address instanceof ipaddr.IPv4 ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (bits > most) return undefined;
  return address instanceof ipaddr.IPv4 ? [address, bits] : unmapped(address, bits);
}

/** Mapped addresses are judged as IPv4, so an entry that is written as one has to be one. */
function unmapped(address: ipaddr.IPv6, bits: number): [Address, number] {
  return address.isIPv4MappedAddress() && bits >= 96 ? [address.toIPv4Address(), bits - 96] : [address, bits];
}

function hostEntry(text: string): RuleEntry | undefined {
  const trimmed = text.trim();
  const wildcard = trimmed.startsWith('*.');
  const given = normaliseHost(wildcard ? trimmed.slice(2) : trimmed);
  const name = NO_HOST.test(given) ? '' : domainToASCII(given);
  if (!HOST_NAME.test(name) || NUMERIC_END.test(name)) return undefined;
  const suffix = `.${name}`;
  return {
    text,
    matchesHost: (host) => (wildcard ? host.endsWith(suffix) : host === name),
    matchesAddress: () => false,
  };
}
