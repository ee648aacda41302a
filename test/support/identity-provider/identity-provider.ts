import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export const CLIENT_ID = '00000000-aaaa-bbbb-cccc-000000000001';
export const TENANT_ID = '11111111-2222-3333-4444-555555555555';

/** How it answers for its keys. */
export type Condition = 'well' | 'gone' | 'silent' | 'html 503' | 'json 503' | 'empty' | 'no keys';

export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

type Members = Readonly<Record<string, unknown>>;

/** A directory such as Entra's, over HTTPS on this machine. */
export interface IdentityProvider {
  /** What `AZURE_AUTHORITY` is set to. */
  readonly authority: string;
  /** The certificate to trust. */
  readonly ca: string;
  condition: Condition;
  /** How often its keys were asked for. */
  fetches(): number;
  readonly signer: Signer;
  /** From now on another key signs; `keep`: the old one is still published. */
  roll(keep: boolean): Signer;
  /** A good token of version 2.0 for a user, but for what is given. */
  token(claims?: Members, options?: { readonly header?: Members; readonly signer?: Signer }): string;
  close(): Promise<void>;
}

export function newSigner(): Signer {
  return { kid: randomUUID(), ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const ca = fileHere('localhost.crt');
  let signers = [newSigner()];
  let fetches = 0;
  const server = createServer({ cert: ca, key: fileHere('localhost.key') }, (req, res) => {
    const isKeys = req.url === '/keys';
    if (isKeys || provider.condition !== 'well') fetches += 1;
    const send = (status: number, type: string, body: string): void =>
      void res.writeHead(status, { 'content-type': type }).end(body);
    switch (provider.condition) {
      case 'gone':
        return void req.socket.destroy();
      case 'silent':
        return;
      case 'html 503':
        return send(503, 'text/html', '<html><body>Service unavailable</body></html>');
      case 'json 503':
        return send(503, 'application/json', '{"error":"temporarily_unavailable"}');
      case 'empty':
        return send(200, 'application/json', '');
      default:
    }
    if (!isKeys) return send(200, 'application/json', JSON.stringify({ jwks_uri: `${provider.authority}/keys` }));
    const keys = signers.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }));
    send(200, 'application/json', JSON.stringify({ keys: provider.condition === 'no keys' ? [] : keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider: IdentityProvider = {
    authority: `https://localhost:${String((server.address() as AddressInfo).port)}`,
    ca,
    condition: 'well',
    fetches: () => fetches,
    get signer() {
      const [current] = signers;
      if (!current) throw new Error('there is always one');
      return current;
    },
    roll: (keep) => {
      const fresh = newSigner();
      signers = keep ? [fresh, ...signers] : [fresh];
      return fresh;
    },
    token: (claims = {}, { header = {}, signer = provider.signer } = {}) =>
      signed(
        { ...goodClaims(provider.authority), ...claims },
        { alg: 'RS256', typ: 'JWT', kid: signer.kid, ...header },
        signer,
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

/** What Entra writes for a user of version 2.0; members that are undefined are left out. */
function goodClaims(authority: string): Members {
  const now = Math.floor(Date.now() / 1000);
  return {
    aud: CLIENT_ID,
    iss: `${authority}/${TENANT_ID}/v2.0`,
    iat: now - 10,
    nbf: now - 10,
    exp: now + 3600,
    azp: '00000000-aaaa-bbbb-cccc-00000000c11e',
    oid: 'ffffffff-0000-0000-0000-00000000000a',
    sub: 'a pairwise subject',
    tid: TENANT_ID,
    scp: 'access_as_user',
    roles: ['user'],
    ver: '2.0',
    uti: randomUUID(),
  };
}

function fileHere(name: string): string {
  return readFileSync(path.join(import.meta.dirname, name), 'utf8');
}

export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

export function signed(claims: unknown, header: unknown, { privateKey }: Pick<Signer, 'privateKey'>): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(privateKey).toString('base64url')}`;
}
