import { createHmac, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  CLIENT_ID,
  type IdentityProvider,
  newSigner,
  part,
  signed,
  startIdentityProvider,
  TENANT_ID,
} from '../support/identity-provider/identity-provider.js';
import { bearer, madeUpKey } from '../support/keys.js';

const LONG = process.env['LONG'] === '1';
const MUTATIONS = LONG ? 10_000 : 1500;
const ME = '/api/v1/auth/me';
const OTHER_TENANT = '99999999-2222-3333-4444-555555555555';
const ALLOWED_CLIENT = '00000000-aaaa-bbbb-cccc-00000000c11e';
const adminKey = madeUpKey();
let directory: IdentityProvider;
let app: TestApp;

beforeAll(async () => {
  directory = await startIdentityProvider();
  app = await startTestApp({
    ca: directory.ca,
    environment: {
      AZURE_TENANT_ID: TENANT_ID,
      AZURE_CLIENT_ID: CLIENT_ID,
      AZURE_AUTHORITY: directory.authority,
      AZURE_ALLOWED_CLIENTS: ALLOWED_CLIENT,
      SECRETS_KEY: 'k'.repeat(32),
      BOOTSTRAP_ADMIN_KEY: adminKey,
      ALLOWED_HOSTS: '127.0.0.1',
      EGRESS_ALLOW: '127.0.0.0/8',
    },
  });
});
afterAll(async () => {
  await app.close();
  await directory.close();
});

const me = (token: string, headers: Record<string, string> = bearer(token)) =>
  app.request('GET', ME, undefined, headers);
const seconds = (): number => Math.floor(Date.now() / 1000);
const v1 = {
  ver: '1.0',
  iss: `https://sts.windows.net/${TENANT_ID}/`,
  azp: undefined,
  appid: ALLOWED_CLIENT,
};

describe('a good token', () => {
  it.each([
    [
      'of version 2.0 for a user',
      {},
      { kind: 'user', roles: ['user'], subject: 'ffffffff-0000-0000-0000-00000000000a' },
    ],
    ['of version 1.0', v1, { kind: 'user', clientId: ALLOWED_CLIENT }],
    ['for the API URI', { aud: `api://${CLIENT_ID}` }, { kind: 'user' }],
    ['of an application alone', { scp: undefined, roles: ['service'] }, { kind: 'service', roles: ['service'] }],
    ['of an administrator', { roles: ['admin'] }, { roles: ['admin'], operator: true }],
    ['with roles that mean nothing here too', { roles: ['reader', 'readonly'] }, { roles: ['readonly'] }],
    ['without an oid', { oid: undefined }, { subject: 'a pairwise subject' }],
    ['that will soon be good', { nbf: seconds() + 30, iat: seconds() + 30 }, { kind: 'user' }],
    [
      'that was good until a moment ago',
      { exp: seconds() - 20, nbf: seconds() - 60, iat: seconds() - 60 },
      { kind: 'user' },
    ],
  ])('%s is taken', async (_what, claims, expected) => {
    const answer = await me(directory.token(claims));
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: 200,
      body: { tenantId: TENANT_ID, ...expected },
    });
  });

  it('of a key that was rolled is taken at once, and keys go on beside tokens', async () => {
    directory.roll(true);
    expect((await me(directory.token())).status).toBe(200);
    expect((await me(adminKey)).status).toBe(200);
  });

  it('without a role is refused what needs one', async () => {
    expect((await me(directory.token({ roles: [] }))).status).toBe(403);
  });
});

type Bad = readonly [what: string, token: () => string];

const claimed = (what: string, claims: Record<string, unknown>): Bad => [what, () => directory.token(claims)];
const headed = (what: string, header: Record<string, unknown>): Bad => [what, () => directory.token({}, { header })];

function hmacWith(secret: string): string {
  const [, claims = ''] = directory.token().split('.');
  const input = `${part({ alg: 'HS256', typ: 'JWT', kid: directory.signer.kid })}.${claims}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function publicKeyPem(): string {
  return directory.signer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** With its parts, changed. */
function rebuilt(change: (parts: string[]) => string[]): () => string {
  return () => change(directory.token().split('.')).join('.');
}

/** One claims text, signed as it stands. */
function textual(change: (text: string) => string): () => string {
  return () => {
    const [header = '', claims = ''] = directory.token().split('.');
    return signed(
      change(Buffer.from(claims, 'base64url').toString()),
      Buffer.from(header, 'base64url').toString(),
      directory.signer,
    );
  };
}

const BAD: readonly Bad[] = [
  ['no signature at all', rebuilt(([head = '', claims = '']) => [head, claims, ''])],
  ['two parts', rebuilt(([head = '', claims = '']) => [head, claims])],
  ['four parts', rebuilt((parts) => [...parts, 'AA'])],
  ['five parts, as an encrypted token has', rebuilt((parts) => [...parts, 'AA', 'AA'])],
  ['an empty header', rebuilt(([, claims = '', signature = '']) => ['', claims, signature])],
  ['empty claims', rebuilt(([head = '', , signature = '']) => [head, '', signature])],
  ['padding', rebuilt(([head = '', claims = '', signature = '']) => [head, claims, `${signature}=`])],
  [
    'plain base64',
    rebuilt(([head = '', claims = '', signature = '']) => [head, claims, `${signature.slice(0, -2)}+/`]),
  ],
  ['another spelling of the same signature', rebuilt(([head = '', claims = '', s = '']) => [head, claims, respelt(s)])],
  ['a cut signature', rebuilt(([head = '', claims = '', s = '']) => [head, claims, s.slice(0, 100)])],
  ['a longer signature', rebuilt(([head = '', claims = '', s = '']) => [head, claims, `${s}AAAA`])],
  ['the claims of another token', rebuilt(([head = '', , s = '']) => [head, part({ sub: 'x' }), s])],
  ['a header that is no JSON', rebuilt(([, claims = '', s = '']) => [part('alg'), claims, s])],
  ['claims that are no JSON', rebuilt(([head = '', , s = '']) => [head, part('claims'), s])],
  ['a header that is a list', rebuilt(([, claims = '', s = '']) => [part([]), claims, s])],
  ['claims that are a list', () => signed([], { alg: 'RS256', kid: directory.signer.kid }, directory.signer)],
  ['claims that are null', () => signed('null', { alg: 'RS256', kid: directory.signer.kid }, directory.signer)],
  [
    'claims in broken UTF-8',
    rebuilt(([head = '', , s = '']) => [head, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url'), s]),
  ],
  ['dots alone', () => '..'],
  ['a word', () => 'token'],
  ['something enormous', () => `${'a'.repeat(4000)}.${'b'.repeat(4000)}.${'c'.repeat(4000)}`],
  headed('alg none', { alg: 'none' }),
  headed('alg None', { alg: 'None' }),
  headed('alg empty', { alg: '' }),
  headed('no alg', { alg: undefined }),
  headed('alg HS256 over an RSA signature', { alg: 'HS256' }),
  headed('alg RS384', { alg: 'RS384' }),
  headed('alg PS256', { alg: 'PS256' }),
  headed('alg ES256', { alg: 'ES256' }),
  headed('alg as a number', { alg: 256 }),
  headed('alg as a list', { alg: ['RS256'] }),
  headed('no kid', { kid: undefined }),
  headed('an empty kid', { kid: '' }),
  headed('a kid as a number', { kid: 7 }),
  headed('a kid that is a path', { kid: '../../../../dev/null' }),
  headed('a kid that is SQL', { kid: "' OR 1=1 --" }),
  headed('a kid that is a URL', { kid: 'https://example.org/keys' }),
  headed('a kid that is a prototype', { kid: '__proto__' }),
  headed('a kid of nobody', { kid: 'f00f00f0-0000-0000-0000-000000000000' }),
  headed('a thumbprint beside its kid', { x5t: 'another' }),
  headed('a critical extension', { crit: ['exp'] }),
  headed('an encrypted header', { enc: 'A256GCM', alg: 'RSA-OAEP' }),
  ['a key of its own in the header', () => ownKey()],
  ['a signature of another key', () => directory.token({}, { signer: { ...newSigner(), kid: directory.signer.kid } })],
  ['HS256 with the public key as its secret', () => hmacWith(publicKeyPem())],
  ['HS256 with the key id as its secret', () => hmacWith(directory.signer.kid)],
  ['HS256 with nothing as its secret', () => hmacWith('')],
  claimed('no audience', { aud: undefined }),
  claimed('another audience', { aud: 'https://graph.microsoft.com' }),
  claimed('an audience among others', { aud: [CLIENT_ID, 'other'] }),
  claimed('an audience as an object', { aud: { id: CLIENT_ID } }),
  claimed('no issuer', { iss: undefined }),
  claimed('another issuer', { iss: 'https://login.example.org/v2.0' }),
  claimed('an issuer with a slash more', { iss: 'will be set' }),
  claimed('the issuer of another directory', { iss: `https://sts.windows.net/${OTHER_TENANT}/`, ver: '1.0' }),
  claimed('the issuer of version 1.0 in one of 2.0', { iss: `https://sts.windows.net/${TENANT_ID}/` }),
  claimed('no directory', { tid: undefined }),
  claimed('another directory', { tid: OTHER_TENANT }),
  claimed('a directory as a list', { tid: [TENANT_ID] }),
  claimed('no version', { ver: undefined }),
  claimed('version 3.0', { ver: '3.0' }),
  claimed('a version as a number', { ver: 2 }),
  claimed('no expiry', { exp: undefined }),
  claimed('an expiry as text', { exp: '9999999999' }),
  claimed('an expiry that has passed', { exp: seconds() - 3600 }),
  claimed('an expiry that has passed by more than the skew', { exp: seconds() - 90 }),
  claimed('an expiry of zero', { exp: 0 }),
  claimed('a beginning in the future', { nbf: seconds() + 600 }),
  claimed('a beginning as text', { nbf: 'soon' }),
  claimed('a beginning behind its end', { nbf: seconds() + 7200 }),
  claimed('no time of issue', { iat: undefined }),
  claimed('a time of issue in the future', { iat: seconds() + 600 }),
  claimed('a time of issue as text', { iat: 'now' }),
  claimed('no application', { azp: undefined }),
  claimed('another application', { azp: '00000000-0000-0000-0000-0000000bad00' }),
  claimed('an application of version 1.0 that is not allowed', { ...v1, appid: 'other' }),
  claimed('neither scopes nor roles', { scp: undefined, roles: undefined }),
  claimed('blank scopes and no roles', { scp: '  ', roles: [] }),
  claimed('roles as text alone', { scp: undefined, roles: 'admin' }),
  claimed('no subject', { oid: undefined, sub: undefined }),
  claimed('a subject as a number', { oid: 7 }),
  ['a claim named twice', textual((text) => text.replace('{', `{"aud":"${CLIENT_ID}",`))],
  ['a claim named twice in two spellings', textual((text) => text.replace('{', String.raw`{"\u0061ud":"x",`))],
  ['claims with something behind them', textual((text) => `${text} `.replace(/ $/, '{}'))],
];

/** The last character of a signature of 256 bytes has 4 bits that mean nothing. */
function respelt(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(signature.slice(-1));
  return signature.slice(0, -1) + String(alphabet[last + 1]);
}

function ownKey(): string {
  const signer = newSigner();
  const jwk = signer.publicKey.export({ format: 'jwk' });
  return directory.token({}, { signer, header: { jwk } });
}

describe('a bad token', () => {
  it('comes in more than sixty kinds', () => {
    expect(BAD.length).toBeGreaterThan(60);
  });

  it.each(BAD)('with %s is refused with 401', async (_what, make) => {
    const answer = await me(make());
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.invalid_token']);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('is refused again from memory', async () => {
    const token = directory.token({ aud: 'other' });
    expect([(await me(token)).status, (await me(token)).status]).toEqual([401, 401]);
  });

  it('is not looked for in the query or the body', async () => {
    const token = directory.token();
    expect((await app.request('GET', `${ME}?access_token=${token}`)).status).toBe(401);
    const body = { access_token: token, subject: 'x' };
    expect((await app.request('POST', '/api/v1/auth/revoke', body)).status).toBe(401);
  });

  it(`is refused whatever is changed in a good one, ${String(MUTATIONS)} times`, { timeout: 300_000 }, async () => {
    const good = directory.token();
    expect((await me(good)).status).toBe(200);
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~';
    const statuses = new Map<number, number>();
    for (let i = 0; i < MUTATIONS; i += 1) {
      const at = randomInt(good.length);
      const character = characters[randomInt(characters.length)] ?? '.';
      const kinds = [
        good.slice(0, at) + character + good.slice(at + 1),
        good.slice(0, at) + good.slice(at + 1),
        good.slice(0, at) + character + good.slice(at),
        good.slice(0, at),
      ];
      const mutated = kinds[randomInt(kinds.length)] ?? '';
      if (mutated === good) continue;
      const { status } = await me(mutated);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()]).toEqual([401]);
  });
});

const revoke = (as: string, body: object) => app.request('POST', '/api/v1/auth/revoke', body, bearer(as));

describe('a token that is revoked', () => {
  it('is refused from then on, and only by administrators of its tenant', async () => {
    const [token, other] = [directory.token(), directory.token()];
    const admin = directory.token({ roles: ['admin'] });
    expect((await me(token)).status).toBe(200);
    expect((await revoke(token, { token: other })).status).toBe(403);
    expect((await revoke(admin, { token: 'nonsense' })).status).toBe(422);
    expect((await revoke(adminKey, { token: directory.token({ tid: OTHER_TENANT }) })).status).toBe(422);
    expect((await revoke(admin, {})).status).toBe(400);
    expect((await revoke(admin, { token })).status).toBe(204);
    expect(await me(token)).toMatchObject({ status: 401, body: { code: 'auth.revoked' } });
    expect((await me(other)).status).toBe(200);
  });

  it('by its subject is refused with all that were issued until then', async () => {
    const oid = 'ffffffff-0000-0000-0000-00000000000b';
    const admin = directory.token({ roles: ['admin'] });
    const [one, two] = [directory.token({ oid }), directory.token({ oid })];
    expect((await me(one)).status).toBe(200);
    await app.request('POST', '/api/v1/auth/revoke', { subject: oid }, bearer(admin));
    expect([(await me(one)).status, (await me(two)).status]).toEqual([401, 401]);
    expect((await me(directory.token({ oid, iat: seconds() + 2 }))).status).toBe(200);
  });
});

describe('the statistics', () => {
  it('count what was known, and how long the rest took', async () => {
    const { body } = await app.request('GET', '/api/v1/monitoring/auth', undefined, bearer(adminKey));
    expect(body).toMatchObject({
      hits: expect.any(Number),
      hitRate: expect.any(Number),
      averageValidationMs: expect.any(Number),
      keySet: { cached: true, keysCount: expect.any(Number) },
    });
    expect(body.keySet.keysCount).toBe(2);
  });
});
