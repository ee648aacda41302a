// Neither package has types of its own; these are of the parts that entra.strategy.ts stands on.
declare module 'passport' {
  export class Strategy {
    name?: string;
  }

  export class Passport {
    authenticate(
      name: string,
      options: { readonly session: false },
      decide: (error: unknown, user: unknown) => void,
    ): (request: unknown, response: unknown, next: (error?: unknown) => void) => void;
  }

  const passport: { readonly Passport: typeof Passport };
  export default passport;
}

declare module 'passport-azure-ad' {
  import type { Strategy } from 'passport';

  export interface BearerOptions {
    identityMetadata: string;
    clientID: string;
    audience: string[];
    issuer: string[];
    validateIssuer: true;
    clockSkew: number;
    loggingLevel: 'error';
    loggingNoPII: true;
    passReqToCallback: false;
  }

  export interface BearerValidation {
    algorithms: string[];
  }

  export type BearerDone = (error: unknown, user?: unknown, info?: unknown) => void;

  export class BearerStrategy extends Strategy {
    constructor(options: BearerOptions, verify: (claims: unknown, done: BearerDone) => void);
    loadMetadata(parameters: unknown, next: (error: unknown, metadata?: unknown) => void): void;
    jwtVerify(request: unknown, token: string, metadata: unknown, options: BearerValidation, done: BearerDone): void;
  }
}

declare module 'passport-azure-ad/lib/metadata.js' {
  export interface OidcMetadata {
    issuer: string;
    algorithms: string[];
    keys: readonly { readonly kid: string; readonly n: string; readonly e: string }[];
  }

  const exported: {
    Metadata: new (url: string, kind: 'oidc', options: { loggingNoPII: true }) => { oidc: OidcMetadata };
  };
  export default exported;
}
