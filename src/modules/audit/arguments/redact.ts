/** Member names whose values are secrets. */
const SECRET_NAME = /passw(?:or)?d|passphrase|secret|token|api[-_]?key|^key$|[-_]key$|authorization|credential|cookie/i;
/** `signingKey`, but not `monkey`. */
const CAMEL_KEY = /[a-z0-9]Key$/;
const JWT = /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/;
const SCHEME = /^(?:bearer|basic)\s+\S+/i;
const VENDOR_KEY = /\b(?:sk|pk|rk|ghp|gho|ghs|github_pat|glpat|xox[abprs]|AKIA|ASIA|AIza)[-_]?[A-Za-z0-9_-]{12,}/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const CARD = /(?:\d[ -]?){13,19}/;

export const REDACTED = '[redacted]';
const TRUNCATED = '[truncated]';
const TEXT_AT_MOST = 500;
const ITEMS_AT_MOST = 50;
const DEPTH_AT_MOST = 8;
/** Of the whole, in characters of JSON. */
const SIZE_AT_MOST = 8192;

/**
 * Arguments as the audit may show them: secrets replaced, long texts and lists cut, nothing that PostgreSQL
 * cannot store. What is still too large, or no JSON, is left out.
 */
export function redactArguments(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  const shown = shownValue(value, 0);
  return JSON.stringify(shown).length > SIZE_AT_MOST ? TRUNCATED : shown;
}

function shownValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shownText(value);
  if (typeof value === 'number') return isCardNumber(String(value)) ? REDACTED : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEPTH_AT_MOST) return TRUNCATED;
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_AT_MOST).map((item) => shownValue(item, depth + 1));
    return value.length > ITEMS_AT_MOST ? [...items, TRUNCATED] : items;
  }
  const members = Object.entries(value);
  const shown = members
    .slice(0, ITEMS_AT_MOST)
    .map(([key, member]) => [storable(key), isSecretName(key) ? REDACTED : shownValue(member, depth + 1)]);
  if (members.length > ITEMS_AT_MOST) shown.push([TRUNCATED, true]);
  return Object.fromEntries(shown) as unknown;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || CAMEL_KEY.test(name);
}

function shownText(text: string): string {
  const secret =
    JWT.test(text) ||
    SCHEME.test(text) ||
    VENDOR_KEY.test(text) ||
    PRIVATE_KEY.test(text) ||
    isCardNumber(CARD.exec(text)?.[0] ?? '');
  if (secret) return REDACTED;
  return storable(text.length > TEXT_AT_MOST ? `${text.slice(0, TEXT_AT_MOST)}${TRUNCATED}` : text);
}

/** Luhn's check, which tells a card's number from any other long one nine times out of ten. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Without what PostgreSQL refuses in text: NUL and halves of surrogate pairs. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
