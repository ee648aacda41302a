import { describe, expect, it } from 'vitest';
import { EgressPolicy, type EgressRules } from './address-policy.js';
import { Egress } from './egress.js';
import { UnresolvableError } from './egress-errors.js';
import type { Resolver } from './resolver.js';

const PUBLIC = '93.184.216.34';
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'inside.example': ['10.0.0.1'],
  'mixed.example': [PUBLIC, '127.0.0.1'],
  'outside.example': [PUBLIC],
  'db.corp': ['10.0.0.5'],
  'alias.example': ['10.0.0.5'],
  localhost: ['127.0.0.1'],
  'localhost.': ['127.0.0.1'],
};
const resolver: Resolver = {
  resolve: (host) => {
    const addresses = NAMES[host];
    return addresses ? Promise.resolve(addresses) : Promise.reject(new UnresolvableError(host, 'ENOTFOUND'));
  },
};

function egressWith(rules: Partial<EgressRules>): Egress {
  const policy = new EgressPolicy({ allow: [], deny: [], allowPrivate: true, own: [], ...rules });
  return new Egress({ policy, connectTimeoutMs: 1000, resolver });
}

describe('checkedAddresses', () => {
  const closed = { allowPrivate: false };

  it.each<[string, Partial<EgressRules>, string, string | undefined]>([
    ['a public name', closed, 'https://outside.example/mcp', undefined],
    ['a public literal', closed, `http://${PUBLIC}:8080/`, undefined],
    ['a private name', closed, 'https://inside.example/', 'egress.denied'],
    ['a name with one private address', closed, 'https://mixed.example/', 'egress.denied'],
    ['a literal', closed, 'http://127.0.0.1/', 'egress.denied'],
    ['an IPv6 literal', closed, 'http://[::ffff:127.0.0.1]/', 'egress.denied'],
    ['a number', closed, 'http://2130706433/', 'egress.denied'],
    ['localhost', closed, 'http://localhost/', 'egress.denied'],
    ['localhost.', closed, 'http://localhost./', 'egress.denied'],
    ['a name that nobody has', closed, 'https://nobody.example/', 'egress.unresolvable'],
    ['userinfo', closed, `http://${PUBLIC}:80@127.0.0.1/`, 'egress.invalid_url'],
    [
      'another name of our database',
      { own: [{ host: 'db.corp', port: 5432 }] },
      'http://alias.example:5432/',
      'egress.denied',
    ],
    ['that host on another port', { own: [{ host: 'db.corp', port: 5432 }] }, 'http://alias.example:80/', undefined],
    [
      'our own name is gone',
      { own: [{ host: 'gone.corp', port: 80 }] },
      'http://outside.example/',
      'egress.own_unresolvable',
    ],
  ])('%s', async (_name, rules, url, code) => {
    const checked = egressWith(rules).check(url);
    await (code === undefined
      ? expect(checked).resolves.toBeUndefined()
      : expect(checked).rejects.toMatchObject({ code }));
  });

  it('says which address and which rule', async () => {
    const denied = { kind: 'unprocessable', message: expect.stringMatching(/10\.0\.0\.1.*EGRESS_DENY 10\.0\.0\.0\/8/) };
    await expect(egressWith({ deny: ['10.0.0.0/8'] }).check('http://inside.example/')).rejects.toMatchObject(denied);
  });
});
