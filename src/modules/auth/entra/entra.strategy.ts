import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { BearerStrategy, type BearerDone, type BearerValidation } from 'passport-azure-ad';
import metadataModule from 'passport-azure-ad/lib/metadata.js';
import type { EntraConfig } from '../../../config/config.js';
import { isRecord, type JsonRecord } from '../../../mcp/json-record.js';
import type { SigningKey } from './entra-keys.js';
import { CLOCK_SKEW_SECONDS, issuersOf, refused } from './principal-of-claims.js';

const NAME = 'entra';
/** The one algorithm that Entra signs with. Metadata that lists HS256 would let the public key pass as its secret. */
const ALGORITHMS = ['RS256'];

/** The key that a token names, found before the strategy runs. */
interface KeyedRequest {
  readonly headers: { readonly authorization: string };
  readonly key: SigningKey;
}

/**
 * passport-azure-ad's strategy without what it fetches and keeps by itself: an answer that is no JSON would end the
 * process there, keys would be forgotten for half an hour after one bad answer, and nothing has a deadline.
 */
class KeyedBearerStrategy extends BearerStrategy {
  override loadMetadata(_parameters: unknown, next: (error: unknown, metadata?: unknown) => void): void {
    // Which key it is, only the request knows: see `jwtVerify`.
    next(null, { oidc: { algorithms: ALGORITHMS } });
  }

  override jwtVerify(
    request: unknown,
    token: string,
    _metadata: unknown,
    options: BearerValidation,
    done: BearerDone,
  ): void {
    const metadata = new metadataModule.Metadata('never fetched', 'oidc', { loggingNoPII: true });
    metadata.oidc = { issuer: '', algorithms: ALGORITHMS, keys: [(request as KeyedRequest).key] };
    super.jwtVerify(request, token, metadata, { ...options, algorithms: ALGORITHMS }, done);
  }
}

/** Checks a token's signature, issuer, audience, expiry and not-before. The one file that knows passport-azure-ad. */
export class EntraStrategy extends PassportStrategy(KeyedBearerStrategy, NAME) {
  // Made when the base class' constructor asks for it, which is before fields of this one could be set.
  declare private passport: InstanceType<typeof passport.Passport> | undefined;

  constructor({ authority, tenantId, clientId, audiences, allowedTenants }: EntraConfig) {
    super({
      // Never fetched, but checked by the library.
      identityMetadata: `${authority}/${tenantId}/v2.0/.well-known/openid-configuration`,
      clientID: clientId,
      audience: [...audiences],
      issuer: allowedTenants.flatMap((tenant) => issuersOf(authority, tenant)),
      validateIssuer: true,
      clockSkew: CLOCK_SKEW_SECONDS,
      loggingLevel: 'error',
      loggingNoPII: true,
      passReqToCallback: false,
    });
  }

  /** One of its own, so that two applications in a process do not replace each other's strategy. */
  getPassportInstance(): InstanceType<typeof passport.Passport> {
    return (this.passport ??= new passport.Passport());
  }

  validate(claims: unknown): unknown {
    return claims;
  }

  /** The claims of a token that is signed with this key. @throws AppError `auth.invalid_token`. */
  verify(token: string, key: SigningKey): Promise<JsonRecord> {
    return new Promise((resolve, reject) => {
      const request: KeyedRequest = { headers: { authorization: `Bearer ${token}` }, key };
      const decide = (error: unknown, claims: unknown): void => {
        if (error !== null && error !== undefined)
          reject(error instanceof Error ? error : refused('it cannot be read'));
        else if (isRecord(claims)) resolve(claims);
        else reject(refused('its signature, issuer, audience or time is not right'));
      };
      this.getPassportInstance().authenticate(NAME, { session: false }, decide)(request, {}, reject);
    });
  }
}
