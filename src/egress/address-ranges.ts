import ipaddr from 'ipaddr.js';
import type { Address } from './address-forms.js';

/** Where clouds answer with credentials of the machine. Most are link-local too; these are not all. */
const METADATA_ADDRESSES: readonly Address[] = [
  '169.254.169.254',
  '169.254.170.2', // AWS ECS task credentials
  '168.63.129.16', // Azure's platform address
  '100.100.100.200', // Alibaba Cloud
  '192.0.0.192', // Oracle Cloud, classic
  'fd00:ec2::254', // AWS
  'fd20:ce::254', // Google Cloud
].map((text) => ipaddr.parse(text));

const METADATA_HOSTS: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog']);

const COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');
const LOCAL_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b:1::/48');
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Ranges, as ipaddr.js names them, that no setting opens. */
const ALWAYS: ReadonlyMap<string, string> = new Map([
  ['linkLocal', 'link-local address'],
  ['unspecified', 'unspecified address'],
  ['multicast', 'multicast address'],
  ['broadcast', 'broadcast address'],
  ['reserved', 'reserved address'],
  ['discard', 'discard-only address'],
  ['deprecatedOrchid', 'reserved address'],
]);

/** Ranges that only allowed private egress, or EGRESS_ALLOW, opens. */
const PRIVATE: ReadonlyMap<string, string> = new Map([
  ['loopback', 'loopback address'],
  ['private', 'private address'],
  ['uniqueLocal', 'private address'],
  ['deprecatedSiteLocal', 'private address'],
  ['carrierGradeNat', 'carrier-grade NAT address'],
  ['benchmarking', 'special-purpose address'],
  ['amt', 'special-purpose address'],
  ['as112', 'special-purpose address'],
  ['as112v6', 'special-purpose address'],
  ['orchid2', 'special-purpose address'],
  ['droneRemoteIdProtocolEntityTags', 'special-purpose address'],
  ['segmentRouting', 'special-purpose address'],
]);

/** Whether a normalised host name is one under which a cloud offers its metadata. */
export function isMetadataHost(host: string): boolean {
  return METADATA_HOSTS.has(host);
}

/** Why an address is never connected to; undefined when that is not so. */
export function alwaysDenied(address: Address): string | undefined {
  const kind = address.kind();
  const bits = kind === 'ipv4' ? 32 : 128;
  if (METADATA_ADDRESSES.some((metadata) => metadata.kind() === kind && address.match(metadata, bits))) {
    return 'cloud metadata';
  }
  const range: string = address.range();
  const denied = ALWAYS.get(range);
  if (denied !== undefined || kind === 'ipv4' || range === 'loopback') return denied;
  // ipaddr.js calls these unicast; RFC 4291, section 2.5.5.1 retired them.
  if (address.match(COMPATIBLE)) return 'IPv4-compatible address (::/96)';
  // RFC 8215: where in the address the IPv4 address stands is the network's choice, so it cannot be judged.
  if (address.match(LOCAL_NAT64)) return 'local-use NAT64 address (64:ff9b:1::/48)';
  return range === 'unicast' && !address.match(GLOBAL_UNICAST) ? 'reserved address' : undefined;
}

/** What kind of inside an address is; undefined for one of the public Internet. */
export function privateKind(address: Address): string | undefined {
  return PRIVATE.get(address.range());
}

export function isLoopback(address: Address): boolean {
  return address.range() === 'loopback';
}

/** `0.0.0.0` or `::`: as a listener's address, every address of this machine. */
export function isUnspecified(address: Address): boolean {
  return address.range() === 'unspecified';
}
