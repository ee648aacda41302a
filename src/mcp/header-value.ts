import { isUtf8 } from 'node:buffer';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What may stand in a field value as it is: visible ASCII, with spaces and tabs only inside. */
const PLAIN = /^[!-~](?:[\t -~]*[!-~])?$/;

/** Without the optional white space around a field value (RFC 9110, section 5.6.3): spaces and tabs, nothing else. */
export function stripOws(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && (value[start] === ' ' || value[start] === '\t')) start += 1;
  while (end > start && (value[end - 1] === ' ' || value[end - 1] === '\t')) end -= 1;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isWrapped(value: string): boolean {
  return value.startsWith(PREFIX) && value.endsWith(SUFFIX) && value.length >= PREFIX.length + SUFFIX.length;
}

/**
 * The text behind an `Mcp-Name` or `Mcp-Param-*` header (2026-07-28, Streamable HTTP, Value
 * Encoding). `=?base64?...?=` holds base64 of UTF-8; `undefined` when that is malformed.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const trimmed = stripOws(value);
  if (!isWrapped(trimmed)) return trimmed;
  const payload = trimmed.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(payload)) return undefined;
  const bytes = Buffer.from(payload, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** The inverse: plain ASCII stays, everything else (and what looks wrapped already) is wrapped. */
export function encodeHeaderValue(text: string): string {
  if (PLAIN.test(text) && !isWrapped(text)) return text;
  return `${PREFIX}${Buffer.from(text, 'utf8').toString('base64')}${SUFFIX}`;
}
