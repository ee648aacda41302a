import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { partsOfApiKey } from '../../kernel/api-key.js';
import type { Principal } from '../../kernel/principal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { EntraTokens } from './entra/entra-tokens.js';
import { KnownApiKeys } from './keys/known-api-keys.js';
import { authenticateLocally } from './local-mode.js';

const BEARER = /^Bearer +([^ ]+) *$/i;
const KEY_PREFIX = 'mrg_';

/** Who sends a request, by what it carries. Local mode asks for nothing; the others for a key or a token. */
@Injectable()
export class Authentication {
  constructor(
    private readonly keys: KnownApiKeys,
    private readonly tokens: EntraTokens,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
  ) {}

  /**
   * At once when the key or token is known already.
   * @throws AppError `auth.proxied` (403), `auth.missing`, `auth.invalid_key`, `auth.invalid_token`, `auth.revoked`
   *   (401), `auth.keys_unavailable` (503); by the promise too, and what the database throws.
   */
  principalOf(headers: IncomingHttpHeaders): Principal | Promise<Principal> {
    if (this.options.mode === 'local') return authenticateLocally(headers);
    const given = credentialOf(headers);
    if (!given.startsWith(KEY_PREFIX)) {
      if (this.tokens.enabled) return this.tokens.principalOf(given);
      throw notTaken();
    }
    const parts = partsOfApiKey(given);
    if (!parts) throw invalidKey();
    const principal = this.keys.principalOf(parts);
    return principal instanceof Promise ? principal.then(known) : known(principal);
  }
}

function credentialOf(headers: IncomingHttpHeaders): string {
  const { authorization } = headers;
  const key = headers['x-api-key'];
  if (authorization !== undefined) {
    const [, credential] = BEARER.exec(authorization) ?? [];
    if (credential !== undefined) return credential;
    throw refused('auth.missing', 'Authorization must be: Bearer, a blank, and a token or an API key.');
  }
  if (typeof key === 'string' && key !== '') return key;
  throw refused('auth.missing', 'Give an API key or a token: Authorization: Bearer ..., or X-API-Key: ... for a key.');
}

function known(principal: Principal | undefined): Principal {
  if (principal) return principal;
  throw invalidKey();
}

/** One answer for every reason: which of them it was helps nobody but who tries keys. */
function invalidKey(): AppError {
  return refused('auth.invalid_key', 'The API key is not known here, has expired or was revoked.');
}

function notTaken(): AppError {
  return refused('auth.invalid_token', 'AUTH_MODE=keys takes API keys (mrg_...), and no other tokens.');
}

function refused(code: string, message: string): AppError {
  return new AppError('unauthenticated', code, message);
}
