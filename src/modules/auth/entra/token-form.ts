import { scanBody } from '../../../mcp/body-ranges.js';
import { isRecord, type JsonRecord } from '../../../mcp/json-record.js';

const CHARACTERS_AT_MOST = 16 * 1024;
const PART = /^[A-Za-z0-9_-]+$/;

export interface TokenForm {
  readonly header: JsonRecord;
  readonly claims: JsonRecord;
}

/**
 * The unverified parts of a compact JWS, or undefined for what is none, in exactly one spelling: each part is
 * canonical base64url (RFC 4648, section 3.5: unused bits are zero), so that one token has one hash, and no member is
 * named twice (RFC 7519, section 4), so that no two parsers disagree.
 */
export function formOf(token: string): TokenForm | undefined {
  if (token.length > CHARACTERS_AT_MOST) return undefined;
  const parts = token.split('.');
  const [head, payload] = parts;
  if (parts.length !== 3 || head === undefined || payload === undefined || !parts.every(isCanonical)) return undefined;
  const header = membersOf(head);
  const claims = membersOf(payload);
  return header && claims ? { header, claims } : undefined;
}

function isCanonical(part: string): boolean {
  return PART.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function membersOf(part: string): JsonRecord | undefined {
  const bytes = Buffer.from(part, 'base64url');
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (!isRecord(parsed) || scanBody(bytes).topMembers !== Object.keys(parsed).length) return undefined;
    return parsed;
  } catch {
    return undefined;
  }
}
