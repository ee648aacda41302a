import { AppError } from '../../../kernel/app-error.js';
import type { CredentialHeaders } from './credential.js';

/** What is known of a server's credentials, for requests to it. */
export type KnownHeaders =
  | { readonly state: 'none' }
  | { readonly state: 'given'; readonly origin: string; readonly headers: CredentialHeaders }
  /** The caller is told at each use; the log was told once. */
  | { readonly state: 'unreadable'; readonly origin: string; readonly why: string };

/**
 * The headers for a request to `url`: none for any origin but the one that they were given for.
 * @param url as `parseEndpoint` writes it: its origin is followed by a slash
 * @throws AppError `servers.credentials_unreadable`
 */
export function headersTo(known: KnownHeaders, url: string): CredentialHeaders | undefined {
  if (known.state === 'none' || !url.startsWith(`${known.origin}/`)) return undefined;
  if (known.state === 'given') return known.headers;
  throw new AppError(
    'unavailable',
    'servers.credentials_unreadable',
    `The stored credentials of this server cannot be read: ${known.why}. Store them again.`,
  );
}
