import { hash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createHistogram } from 'node:perf_hooks';
import { Egress } from '../../../egress/egress.js';
import { AppError } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import type { Principal } from '../../../kernel/principal.js';
import { Samplers } from '../../monitoring/index.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import { Revocations } from '../revocations/revocations.js';
import { EntraKeys, type KeySetStatistics } from './entra-keys.js';
import { EntraStrategy } from './entra.strategy.js';
import { refused, type VerifiedToken, verifiedToken } from './principal-of-claims.js';
import { documentReader } from './read-document.js';
import { TokenCache } from './token-cache.js';
import { formOf } from './token-form.js';

const NANOSECONDS_A_MS = 1e6;

export interface TokenStatistics {
  readonly hits: number;
  readonly misses: number;
  /** Percent, two decimals; null before the first token. */
  readonly hitRate: number | null;
  readonly averageValidationMs: number | null;
  readonly p95ValidationMs: number | null;
  readonly keySet: KeySetStatistics | null;
}

/** Bearer tokens of Entra ID: checked once, remembered for a while, refused from the moment of their revocation. */
@Injectable()
export class EntraTokens implements OnModuleInit {
  readonly #cache: TokenCache;
  readonly #underWay = new Map<string, Promise<VerifiedToken>>();
  readonly #validationNs = createHistogram();
  readonly #keys: EntraKeys | undefined;
  readonly #strategy: EntraStrategy | undefined;
  #hits = 0;
  #misses = 0;

  constructor(
    private readonly clock: Clock,
    private readonly revocations: Revocations,
    private readonly samplers: Samplers,
    egress: Egress,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
  ) {
    this.#cache = new TokenCache(clock, options.tokenCacheSeconds * 1000);
    const { entra } = options;
    if (!entra) return;
    const metadataUrl = `${entra.authority}/${entra.tenantId}/v2.0/.well-known/openid-configuration`;
    this.#keys = new EntraKeys(metadataUrl, documentReader(egress), clock);
    this.#strategy = new EntraStrategy(entra);
  }

  onModuleInit(): void {
    if (!this.#keys) return;
    this.samplers.registerSampler({
      name: 'oauth_validation_time',
      unit: 'ms',
      better: 'lower',
      warning: 200,
      critical: 500,
      read: () => this.statistics().averageValidationMs ?? 0,
    });
  }

  get enabled(): boolean {
    return this.#keys !== undefined;
  }

  /**
   * At once for a token that was checked lately.
   * @throws AppError `auth.invalid_token`, `auth.revoked` (401), `auth.keys_unavailable` (503); by the promise too.
   */
  principalOf(token: string): Principal | Promise<Principal> {
    const digest = hashOf(token);
    const known = this.#cache.get(digest);
    if (!known) {
      this.#misses += 1;
      return this.#checked(token, digest).then((checked) => this.#unrevoked(checked, digest));
    }
    this.#hits += 1;
    return this.#unrevoked(known, digest);
  }

  /** What a token is, whether or not it was revoked: for its revocation. */
  async inspect(token: string): Promise<VerifiedToken & { readonly hash: string }> {
    const digest = hashOf(token);
    return { ...(this.#cache.get(digest) ?? (await this.#checked(token, digest))), hash: digest };
  }

  statistics(): TokenStatistics {
    const asked = this.#hits + this.#misses;
    const validated = this.#validationNs.count > 0;
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRate: asked === 0 ? null : Math.round((this.#hits / asked) * 10_000) / 100,
      averageValidationMs: validated ? this.#validationNs.mean / NANOSECONDS_A_MS : null,
      p95ValidationMs: validated ? this.#validationNs.percentile(95) / NANOSECONDS_A_MS : null,
      keySet: this.#keys?.statistics() ?? null,
    };
  }

  #unrevoked({ principal, issuedAtMs }: VerifiedToken, digest: string): Principal {
    if (this.revocations.isRevoked(principal, digest, issuedAtMs)) {
      throw new AppError('unauthenticated', 'auth.revoked', 'The token has been revoked: sign in again.');
    }
    return principal;
  }

  /** Once for all who bring the same token together. */
  #checked(token: string, digest: string): Promise<VerifiedToken> {
    const underWay = this.#underWay.get(digest);
    if (underWay) return underWay;
    const checking = this.#check(token, digest).finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, checking);
    return checking;
  }

  async #check(token: string, digest: string): Promise<VerifiedToken> {
    const startedMs = performance.now();
    try {
      const verified = await this.#verify(token);
      this.#cache.keep(digest, verified);
      return verified;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unauthenticated') this.#cache.refuse(digest, error);
      throw error;
    } finally {
      this.#validationNs.record(Math.max(1, Math.round((performance.now() - startedMs) * NANOSECONDS_A_MS)));
    }
  }

  async #verify(token: string): Promise<VerifiedToken> {
    const { entra, operatorTenantId } = this.options;
    const form = formOf(token);
    const { alg, kid, x5t, crit } = form?.header ?? {};
    if (!form || !entra || !this.#keys || !this.#strategy) throw refused('it is no signed JWT');
    if (alg !== 'RS256') throw refused('it is not signed with RS256');
    // The library would look for the key by the thumbprint alone.
    if (typeof kid !== 'string' || (x5t !== undefined && x5t !== kid))
      throw refused('it does not say which key signed it');
    if (crit !== undefined) throw refused('its header asks for what is not understood here');
    const key = await this.#keys.keyOf(kid);
    if (!key) throw refused('the key that signed it is not one of its directory');
    const claims = await this.#strategy.verify(token, key);
    return verifiedToken(claims, entra, operatorTenantId, this.clock.nowMs());
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
