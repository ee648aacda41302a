/** RFC 9110, section 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** Visible ASCII, with blanks inside only: nothing that a header could end with and another begin. */
export const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/** What the connection, the message or the protocol needs for itself, or what says who we are to proxies. */
const TAKEN = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  'cookie',
  'set-cookie',
  'accept',
  'accept-encoding',
  'origin',
  'referer',
  'via',
  'forwarded',
  'last-event-id',
]);
const TAKEN_PREFIXES = ['proxy-', 'content-', 'mcp-', 'x-forwarded-', 'sec-'];

/** Whether a stored credential may be a header of this name, whatever its case. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return HEADER_NAME.test(name) && !TAKEN.has(lower) && !TAKEN_PREFIXES.some((prefix) => lower.startsWith(prefix));
}
