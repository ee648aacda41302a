/** Where an identifier changes from one word to the next: `getURLFor2Users` -> get, URL, For, 2, Users. */
const IDENTIFIER_WORDS = /\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const TOKENS = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that write without spaces: their words are found by pairs of characters. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]+/gu;
/** Longer ones are hashes and encoded data, which nobody types. */
const LONGEST_WORD = 64;

/**
 * The words of a name (`get_webPage2`): each part in lower case, then neighbours written together
 * (`webpage`), because people write compounds both ways, then parts that digits cut (`page2`).
 */
export function nameWords(name: string): string[] {
  const parts: string[] = [];
  const compounds: string[] = [];
  for (const token of tokensOf(name)) {
    const words = identifierWords(token);
    parts.push(...words);
    if (words.length > 2) compounds.push(token.toLowerCase());
  }
  for (const [i, part] of parts.entries()) {
    const next = parts[i + 1];
    if (next !== undefined) compounds.push(part + next);
  }
  return [...parts, ...compounds].flatMap(bounded);
}

/** The parts of a name alone, without compounds: what its length is measured in. */
export function nameParts(name: string): string[] {
  return tokensOf(name).flatMap(identifierWords).flatMap(bounded);
}

/**
 * The words of running text, in lower case and in their order. An identifier in it (`maxResults`)
 * counts whole and by its parts; a proper name (`GitHub`) only whole.
 */
export function proseWords(text: string): string[] {
  const words: string[] = [];
  for (const token of tokensOf(text)) {
    words.push(token.toLowerCase());
    if (/^\p{Ll}+\p{Lu}/u.test(token)) words.push(...identifierWords(token));
  }
  return words.flatMap(bounded);
}

function tokensOf(text: string): string[] {
  // NUL and lone surrogates, which PostgreSQL refuses, are no letters and fall out here.
  return (
    text
      .normalize('NFKC')
      .replaceAll(/['’]s\b/g, '')
      .match(TOKENS) ?? []
  );
}

function identifierWords(token: string): string[] {
  return (token.match(IDENTIFIER_WORDS) ?? []).map((word) => word.toLowerCase());
}

function bounded(word: string): string[] {
  if (word.length > LONGEST_WORD && word.search(UNSPACED) < 0) return [];
  if (word.search(UNSPACED) < 0) return [word];
  const spaced = word.replaceAll(UNSPACED, (run) => ` ${pairs(run).join(' ')} `);
  return spaced.split(' ').filter((part) => part !== '' && part.length <= LONGEST_WORD);
}

/** Each character with its neighbour: `热门榜` -> 热门, 门榜. */
function pairs(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, i) => `${characters[i] ?? ''}${character}`);
}
