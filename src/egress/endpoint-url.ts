import { AppError } from '../kernel/app-error.js';

export const MAX_URL_CHARACTERS = 2048;

// oxlint-disable-next-line no-control-regex
const CONTROL_OR_SPACE = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029]/;
const AUTHORITY = /^https?:\/\/([^/\\?#]*)/i;

/**
 * Reads the URL of an upstream, the one time that it is read: what is checked, stored and connected to is
 * the result. Messages do not repeat the text, which may hold a password.
 * @throws AppError `unprocessable`, `egress.invalid_url`.
 */
export function parseEndpoint(text: string): URL {
  if (text.length > MAX_URL_CHARACTERS) throw invalid(`is longer than ${MAX_URL_CHARACTERS} characters`);
  // URL drops tabs and line breaks silently, and so would read something else than what was written.
  if (CONTROL_OR_SPACE.test(text)) throw invalid('has white space or control characters');
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined) throw invalid('does not begin with http:// or https://');
  if (authority.includes('@')) throw invalid('has a user name or password; store credentials apart');
  if (text.includes('#')) throw invalid('has a fragment');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname.replace(/\.$/, '') === '') throw invalid('has no valid host');
  if (url.username !== '' || url.password !== '') throw invalid('has a user name or password; store credentials apart');
  if (url.port === '0') throw invalid('names port 0');
  if (url.href.length > MAX_URL_CHARACTERS)
    throw invalid(`is longer than ${MAX_URL_CHARACTERS} characters when encoded`);
  return url;
}

/** The port that a connection goes to. */
export function portOf(url: { readonly protocol: string; readonly port: string }): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function invalid(reason: string): AppError {
  return new AppError('unprocessable', 'egress.invalid_url', `the endpoint URL ${reason}`);
}
