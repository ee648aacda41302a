import { describe, expect, it } from 'vitest';
import { EgressPolicy, type EgressRules } from './address-policy.js';
import { parseEndpoint, portOf } from './endpoint-url.js';

const INTERFACES = ['127.0.0.1', '::1', '10.1.2.3', 'fe80::1%eth0'];

function policyOf(rules: Partial<EgressRules> = {}): EgressPolicy {
  return new EgressPolicy({ allow: [], deny: [], allowPrivate: false, own: [], ...rules }, () => INTERFACES);
}

/** The rule that refuses, or `allowed`. */
function ruleFor(policy: EgressPolicy, address: string, host = 'host.example', port = 443): string {
  const verdict = policy.judge({ host, address, port });
  return verdict.allowed ? 'allowed' : verdict.rule;
}

const METADATA = 'always denied: cloud metadata';
const LINK_LOCAL = 'always denied: link-local address';
const UNSPECIFIED = 'always denied: unspecified address';
const RESERVED = 'always denied: reserved address';
const MULTICAST = 'always denied: multicast address';
const COMPATIBLE = 'always denied: IPv4-compatible address (::/96)';
const OURS = 'always denied: our own listener, PostgreSQL or Redis';

describe('an address', () => {
  it.each([
    // address, without private egress, with private egress
    ['8.8.8.8', 'allowed', 'allowed'],
    ['1.1.1.1', 'allowed', 'allowed'],
    ['2606:4700:4700::1111', 'allowed', 'allowed'],
    ['2a00:1450:4001:82b::200e', 'allowed', 'allowed'],
    ['172.15.255.255', 'allowed', 'allowed'],
    ['172.32.0.1', 'allowed', 'allowed'],
    ['100.63.255.255', 'allowed', 'allowed'],
    ['127.0.0.1', 'loopback address', 'allowed'],
    ['127.255.255.254', 'loopback address', 'allowed'],
    ['::1', 'loopback address', 'allowed'],
    ['10.0.0.1', 'private address', 'allowed'],
    ['172.16.0.1', 'private address', 'allowed'],
    ['172.31.255.255', 'private address', 'allowed'],
    ['192.168.1.1', 'private address', 'allowed'],
    ['fd12:3456:789a::1', 'private address', 'allowed'],
    ['fc00::1', 'private address', 'allowed'],
    ['fec0::1', 'private address', 'allowed'],
    ['100.64.0.1', 'carrier-grade NAT address', 'allowed'],
    ['100.127.255.255', 'carrier-grade NAT address', 'allowed'],
    ['192.175.48.1', 'special-purpose address', 'allowed'],
    ['169.254.169.254', METADATA, METADATA],
    ['169.254.170.2', METADATA, METADATA],
    ['168.63.129.16', METADATA, METADATA],
    ['100.100.100.200', METADATA, METADATA],
    ['fd00:ec2::254', METADATA, METADATA],
    ['fd20:ce::254', METADATA, METADATA],
    ['169.254.0.1', LINK_LOCAL, LINK_LOCAL],
    ['fe80::1', LINK_LOCAL, LINK_LOCAL],
    ['fe80::1%eth0', LINK_LOCAL, LINK_LOCAL],
    ['0.0.0.0', UNSPECIFIED, UNSPECIFIED],
    ['0.1.2.3', UNSPECIFIED, UNSPECIFIED],
    ['::', UNSPECIFIED, UNSPECIFIED],
    ['224.0.0.1', MULTICAST, MULTICAST],
    ['239.255.255.255', MULTICAST, MULTICAST],
    ['ff02::1', MULTICAST, MULTICAST],
    ['255.255.255.255', 'always denied: broadcast address', 'always denied: broadcast address'],
    ['240.0.0.1', RESERVED, RESERVED],
    ['192.0.2.1', RESERVED, RESERVED],
    ['198.18.0.1', RESERVED, RESERVED],
    ['203.0.113.1', RESERVED, RESERVED],
    ['2001:db8::1', RESERVED, RESERVED],
    ['4000::1', RESERVED, RESERVED],
    ['::7f00:1', COMPATIBLE, COMPATIBLE],
    ['::8.8.8.8', COMPATIBLE, COMPATIBLE],
    ['::127.0.0.1', COMPATIBLE, COMPATIBLE],
    ['100::1', 'always denied: discard-only address', 'always denied: discard-only address'],
    // IPv4 within IPv6: mapped, SIIT, NAT64, 6to4, Teredo (server, client), ISATAP
    ['::ffff:8.8.8.8', 'allowed', 'allowed'],
    ['::ffff:127.0.0.1', 'loopback address', 'allowed'],
    ['::ffff:7f00:1', 'loopback address', 'allowed'],
    ['::ffff:10.0.0.1', 'private address', 'allowed'],
    ['::ffff:169.254.169.254', METADATA, METADATA],
    ['::ffff:0:169.254.169.254', METADATA, METADATA],
    ['::ffff:0:192.168.0.1', 'private address', 'allowed'],
    ['64:ff9b::8.8.8.8', 'allowed', 'allowed'],
    ['64:ff9b::10.0.0.1', 'private address', 'allowed'],
    ['64:ff9b::169.254.169.254', METADATA, METADATA],
    [
      '64:ff9b:1::8.8.8.8',
      'always denied: local-use NAT64 address (64:ff9b:1::/48)',
      'always denied: local-use NAT64 address (64:ff9b:1::/48)',
    ],
    ['2002:808:808::1', 'allowed', 'allowed'],
    ['2002:7f00:1::', 'loopback address', 'allowed'],
    ['2002:a9fe:a9fe::', METADATA, METADATA],
    ['2001:0:4136:e378:8000:63bf:f7f7:f7f7', 'allowed', 'allowed'],
    ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'loopback address', 'allowed'],
    ['2001:0:a9fe:a9fe:8000:63bf:f7f7:f7f7', METADATA, METADATA],
    ['2606:4700::5efe:10.0.0.1', 'private address', 'allowed'],
    ['2606:4700::200:5efe:169.254.169.254', METADATA, METADATA],
    ['not an address', 'always denied: not an address', 'always denied: not an address'],
    ['', 'always denied: not an address', 'always denied: not an address'],
    ['127.1', 'always denied: not an address', 'always denied: not an address'],
  ])('%s: %s; with private egress: %s', (address, closed, open) => {
    expect(ruleFor(policyOf(), address)).toBe(closed);
    expect(ruleFor(policyOf({ allowPrivate: true }), address)).toBe(open);
  });
});

describe('a URL with a literal, as URL normalises it', () => {
  it.each([
    ['http://2130706433/', 'loopback address'], // decimal
    ['http://0x7f000001/', 'loopback address'], // hexadecimal
    ['http://0x7f.0.0.1/', 'loopback address'],
    ['http://017700000001/', 'loopback address'], // octal
    ['http://0177.0.0.1/', 'loopback address'],
    ['http://127.1/', 'loopback address'],
    ['http://127.0.0.1./', 'loopback address'],
    ['http://①②⑦.⓪.⓪.①/', 'loopback address'], // NFKC
    ['http://[::1]/', 'loopback address'],
    ['http://[0:0:0:0:0:0:0:1]/', 'loopback address'],
    ['http://[::ffff:127.0.0.1]/', 'loopback address'],
    ['http://[::127.0.0.1]/', COMPATIBLE],
    ['http://0/', UNSPECIFIED],
    ['http://0.0.0.0/', UNSPECIFIED],
    ['http://[::]/', UNSPECIFIED],
    ['http://2852039166/', METADATA],
    ['http://0xa9.0xfe.0xa9.0xfe/', METADATA],
    ['http://169.254.43518/', METADATA],
    ['http://[fd00:ec2::254]/', METADATA],
    ['http://10.1/', 'private address'],
    ['http://134744072/', 'allowed'],
    ['https://8.8.8.8:8443/mcp', 'allowed'],
  ])('%s: %s', (text, expected) => {
    const url = parseEndpoint(text);
    expect(ruleFor(policyOf(), url.hostname, url.hostname, portOf(url))).toBe(expected);
  });
});

describe('the order of the rules', () => {
  it.each<[string, Partial<EgressRules>, string, string, string]>([
    ['allow opens a private range', { allow: ['10.0.0.0/8'] }, 'h.example', '10.9.9.9', 'allowed'],
    ['allow opens no other', { allow: ['10.0.0.0/8'] }, 'h.example', '192.168.0.1', 'private address'],
    ['allow opens one address', { allow: ['127.0.0.1'] }, 'h.example', '127.0.0.1', 'allowed'],
    ['allow by name', { allow: ['tools.corp'] }, 'tools.corp', '10.0.0.1', 'allowed'],
    ['names: no case, no last dot', { allow: ['Tools.Corp.'] }, 'TOOLS.corp.', '10.0.0.1', 'allowed'],
    ['localhost.', { allow: ['localhost'] }, 'localhost.', '127.0.0.1', 'allowed'],
    ['a name is not its subdomains', { allow: ['tools.corp'] }, 'x.tools.corp', '10.0.0.1', 'private address'],
    ['wildcard', { allow: ['*.corp'] }, 'a.b.corp', '10.0.0.1', 'allowed'],
    ['a wildcard is not its suffix', { allow: ['*.corp'] }, 'corp', '10.0.0.1', 'private address'],
    ['a wildcard ends at a dot', { allow: ['*.corp'] }, 'evilcorp', '10.0.0.1', 'private address'],
    ['allow does not open metadata', { allow: ['0.0.0.0/0'] }, 'h.example', '169.254.169.254', METADATA],
    ['allow by name neither', { allow: ['h.example'] }, 'h.example', '169.254.169.254', METADATA],
    ['metadata by name', { allow: ['*.internal'] }, 'metadata.google.internal', '8.8.8.8', METADATA],
    ['metadata by name and dot', {}, 'Metadata.Google.Internal.', '8.8.8.8', METADATA],
    ['deny a public address', { deny: ['8.8.8.0/24'] }, 'h.example', '8.8.8.8', 'EGRESS_DENY 8.8.8.0/24'],
    ['deny before allow', { deny: ['10.1.0.0/16'], allow: ['10.0.0.0/8'] }, 'h', '10.1.0.1', 'EGRESS_DENY 10.1.0.0/16'],
    ['deny by name', { deny: ['*.evil.example'] }, 'x.evil.example', '8.8.8.8', 'EGRESS_DENY *.evil.example'],
    [
      'deny with private egress',
      { deny: ['127.0.0.1'], allowPrivate: true },
      'h',
      '127.0.0.1',
      'EGRESS_DENY 127.0.0.1',
    ],
    ['deny a mapped address', { deny: ['8.8.8.8'] }, 'h', '::ffff:8.8.8.8', 'EGRESS_DENY 8.8.8.8'],
    ['deny written mapped', { deny: ['::ffff:8.8.8.0/120'] }, 'h', '8.8.8.8', 'EGRESS_DENY ::ffff:8.8.8.0/120'],
    ['deny an embedded address', { deny: ['8.8.8.8'] }, 'h', '64:ff9b::8.8.8.8', 'EGRESS_DENY 8.8.8.8'],
    ['deny all of IPv6', { deny: ['::/0'] }, 'h', '2606:4700::1', 'EGRESS_DENY ::/0'],
    ['which is not IPv4', { deny: ['::/0'] }, 'h', '8.8.8.8', 'allowed'],
    ['allow IPv6', { allow: ['fd00::/8'] }, 'h', 'fd12::1', 'allowed'],
    ['allow an embedded address', { allow: ['10.0.0.0/8'] }, 'h', '2002:a00:1::', 'allowed'],
    ['allow has to cover all that is embedded', { allow: ['10.0.0.0/8'] }, 'h', '2002:c0a8:1::', 'private address'],
    ['brackets', { allow: ['[::1]'] }, '[::1]', '::1', 'allowed'],
    ['international names', { allow: ['bücher.example'] }, 'xn--bcher-kva.example', '10.0.0.1', 'allowed'],
  ])('%s', (_name, rules, host, address, expected) => {
    expect(ruleFor(policyOf(rules), address, host)).toBe(expected);
  });
});

describe('what is ours', () => {
  const open = { allowPrivate: true, allow: ['0.0.0.0/0', '::/0'] };

  it.each([
    // own host, target's host, target's address, expected
    ['127.0.0.1', 'h', '127.0.0.1', OURS],
    ['127.0.0.1', 'h', '127.8.9.10', OURS],
    ['127.0.0.1', 'h', '::1', OURS],
    ['127.0.0.1', 'h', '::ffff:127.0.0.1', OURS],
    ['127.0.0.1', 'h', '10.1.2.3', OURS],
    ['127.0.0.1', 'h', '10.1.2.4', 'allowed'],
    ['localhost', 'h', '127.0.0.1', OURS],
    ['::1', 'h', '127.0.0.1', OURS],
    ['0.0.0.0', 'h', '127.0.0.1', OURS],
    ['0.0.0.0', 'h', '10.1.2.3', OURS],
    ['0.0.0.0', 'h', '::1', OURS],
    ['::', 'h', '10.1.2.3', OURS],
    ['::', 'h', '8.8.8.8', 'allowed'],
    ['10.0.0.5', 'h', '10.0.0.5', OURS],
    ['10.0.0.5', 'h', '::ffff:10.0.0.5', OURS],
    ['10.0.0.5', 'h', '64:ff9b::10.0.0.5', OURS],
    ['10.0.0.5', 'h', '127.0.0.1', 'allowed'],
    ['db.corp', 'DB.corp.', '10.0.0.9', OURS],
    ['db.corp', 'h', '10.0.0.9', 'allowed'],
  ])('%s on port 5432, asked for %s (%s): %s', (own, host, address, expected) => {
    const policy = policyOf({ ...open, own: [{ host: own, port: 5432 }] });
    expect(ruleFor(policy, address, host, 5432)).toBe(expected);
    expect(ruleFor(policy, address, host, 5433)).toBe('allowed');
  });

  it('asks for the addresses of names, and only on their port', () => {
    const own = ['db.corp', '127.0.0.1', 'localhost'].map((host) => ({ host, port: 5432 }));
    const policy = policyOf({ ...open, own });
    expect(policy.ownNames(5432)).toEqual(['db.corp']);
    expect(policy.ownNames(443)).toEqual([]);
    const target = { host: 'alias.example', address: '10.0.0.9', port: 5432 };
    expect(policy.judge({ ...target, ownAddresses: ['10.0.0.9'] })).toEqual({ allowed: false, rule: OURS });
    expect(policy.judge({ ...target, ownAddresses: ['10.0.0.8'] })).toEqual({ allowed: true });
    // A name of ours that stands for this machine.
    const local = { host: 'alias.example', address: '10.1.2.3', port: 5432, ownAddresses: ['127.0.0.1'] };
    expect(policy.judge(local)).toEqual({ allowed: false, rule: OURS });
  });

  it('learns of a listener later', () => {
    const policy = policyOf(open);
    expect(ruleFor(policy, '127.0.0.1', 'h', 49_152)).toBe('allowed');
    policy.protect({ host: '127.0.0.1', port: 49_152 });
    expect(ruleFor(policy, '127.0.0.1', 'h', 49_152)).toBe(OURS);
  });
});

describe('an entry that cannot be read', () => {
  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.256',
    '10.1',
    '::1/129',
    'fe80::1::2',
    'http://host',
    'host:8080',
    'host/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'host?x',
    'host#x',
    '*',
    '*.',
    '*.*.corp',
    'a*.corp',
    'a..b',
    '-a.corp',
    'two words',
    '',
    '0x7f.1',
    'user@host',
  ])('%s', (entry) => {
    expect(() => policyOf({ allow: [entry] })).toThrow(`EGRESS_ALLOW: "${entry}"`);
    expect(() => policyOf({ deny: [entry] })).toThrow(`EGRESS_DENY: "${entry}"`);
  });
});
