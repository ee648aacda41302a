import type { z } from 'zod';
import { AppError } from '../../../kernel/app-error.js';
import type { Credential } from './credential.js';
import type { GivenCredential } from './credentials.schemas.js';

/** @throws AppError `servers.unsupported_credential` (422) for a kind that is not in this version yet. */
export function credentialOf(given: z.output<typeof GivenCredential>): Credential {
  if (given.kind !== 'oauth_client_credentials') return given;
  const message = 'oauth_client_credentials is not in this version yet; use bearer, basic or header.';
  throw new AppError('unprocessable', 'servers.unsupported_credential', message, {
    violations: [{ path: 'kind', message: 'use bearer, basic or header' }],
  });
}
