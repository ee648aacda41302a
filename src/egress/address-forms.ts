import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A host as rules compare it: lower case, no brackets around an IPv6 literal, no dot at the end. */
export function normaliseHost(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return bare.toLowerCase().replace(/\.$/, '');
}

/** An address as the kernel reads it; `127.1` and `0177.0.0.1` are none. A zone (`%eth0`) is left out. */
export function parseAddress(text: string): Address | undefined {
  const bare = normaliseHost(text).replace(/%.*$/, '');
  if (isIPv4(bare)) return ipaddr.IPv4.parse(bare);
  // ipaddr.js takes `::1.2.3.4` for the mapped `::ffff:1.2.3.4`, which is another address: never show it dots.
  return isIPv6(bare) ? ipaddr.IPv6.parse(bare.replace(/[\d.]+\.\d+$/, hexGroups)) : undefined;
}

function hexGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/**
 * Everything that one address stands for, each to be judged: itself, and the IPv4 addresses that a
 * gateway on the way would make of it. An IPv4-mapped address is only its IPv4 address, since that is
 * what the kernel connects to. Undefined when the text is no address.
 */
export function addressForms(text: string): readonly [Address, ...ipaddr.IPv4[]] | undefined {
  const address = parseAddress(text);
  if (!address) return undefined;
  if (address instanceof ipaddr.IPv4) return [address];
  const range: string = address.range();
  return range === 'ipv4Mapped' ? [address.toIPv4Address()] : [address, ...embedded(address, range)];
}

function embedded(address: ipaddr.IPv6, range: string): readonly ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const at = (offset: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(offset, offset + 4));
  switch (range) {
    case 'rfc6145': // ::ffff:0:a.b.c.d, SIIT
    case 'rfc6052': // 64:ff9b::a.b.c.d, NAT64
      return [at(12)];
    case '6to4': // RFC 3056, section 2
      return [at(2)];
    case 'teredo': // RFC 4380, section 4: the server, and the client with its bits inverted
      return [at(4), new ipaddr.IPv4(bytes.slice(12, 16).map((byte) => byte ^ 0xff))];
    default:
      return isIsatap(address) ? [at(12)] : [];
  }
}

/** RFC 5214, section 6.1: an interface identifier of `0000:5efe` or `0200:5efe` and the IPv4 address. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}
