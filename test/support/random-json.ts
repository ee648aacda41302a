/** Numbers in [0, 1) from a seed, the same on every run (mulberry32). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[below(random, from.length)];
  if (found === undefined) throw new Error('pick needs a non-empty list');
  return found;
}

const CHARACTERS = ['a', 'Z', '0', ' ', '{', '}', '[', ']', ',', ':', '"', '\\', '\n', '\u0001', 'é', '漢', '😀', '/'];
const NUMBERS = ['0', '-0', '1', '-12', '3.5', '1e3', '-2E-2', '12345678901234567890', '-32602'];

/** JSON text of `value` in one of its spellings: characters escaped that need not be. */
export function spellString(random: Random, value: string): string {
  const escapeAll = random() < 0.15;
  let text = '"';
  for (const unit of value.split('')) {
    const plain = JSON.stringify(unit).slice(1, -1);
    const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    // Half of a surrogate pair stays as it is: the other half follows.
    const surrogate = unit >= '\ud800' && unit <= '\udfff';
    text += surrogate ? unit : escapeAll || random() < 0.03 ? escaped : plain;
  }
  return `${text}"`;
}

function space(random: Random): string {
  return random() < 0.7 ? '' : pick(random, [' ', '\n', '\t', '\r\n', '   ']);
}

function randomString(random: Random): string {
  const long = random() < 0.05;
  return Array.from({ length: below(random, long ? 200 : 6) }, () => pick(random, CHARACTERS)).join('');
}

export interface JsonShape {
  /** Keys that objects at the top draw from, and those one level down, and so on; the last list repeats. */
  readonly keys: readonly (readonly string[])[];
  readonly duplicates: boolean;
}

/** JSON text of a random value, with random white space, spellings and nesting of at most `depth`. */
export function randomJson(random: Random, shape: JsonShape, depth: number, level = 0): string {
  const kind = depth === 0 ? below(random, 4) : below(random, 6);
  switch (kind) {
    case 0:
      return pick(random, ['null', 'true', 'false']);
    case 1:
      return pick(random, NUMBERS);
    case 2:
      return spellString(random, randomString(random));
    case 3:
      return spellString(random, pick(random, ['complete', 'input_required', '2.0', 'tools/call', '']));
    case 4: {
      const items = Array.from({ length: below(random, 4) }, () => randomJson(random, shape, depth - 1, level + 1));
      return `[${items.map((item) => space(random) + item + space(random)).join(',')}]`;
    }
    default:
      return randomObject(random, shape, depth, level);
  }
}

export function randomObject(random: Random, shape: JsonShape, depth: number, level = 0): string {
  const pool = shape.keys[Math.min(level, shape.keys.length - 1)] ?? [];
  const used = new Set<string>();
  const members: string[] = [];
  for (let left = below(random, 6); left > 0; left -= 1) {
    const key = random() < 0.75 ? pick(random, pool) : randomString(random);
    if (used.has(key) && !shape.duplicates) continue;
    used.add(key);
    const value =
      random() < 0.5 && depth > 1
        ? randomObject(random, shape, depth - 1, level + 1)
        : randomJson(random, shape, Math.max(0, depth - 1), level + 1);
    members.push(
      `${space(random)}${spellString(random, key)}${space(random)}:${space(random)}${value}${space(random)}`,
    );
  }
  return `{${members.join(',')}${space(random)}}`;
}
