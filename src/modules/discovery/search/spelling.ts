/** British and American endings of one word, both ways. */
const ENDINGS: readonly (readonly [british: string, american: string])[] = [
  ['isation', 'ization'],
  ['isations', 'izations'],
  ['ise', 'ize'],
  ['ises', 'izes'],
  ['ised', 'ized'],
  ['ising', 'izing'],
  ['yse', 'yze'],
  ['ysed', 'yzed'],
  ['ysing', 'yzing'],
  ['our', 'or'],
  ['ours', 'ors'],
  ['tre', 'ter'],
  ['tres', 'ters'],
  ['logue', 'log'],
  ['ence', 'ense'],
  ['lled', 'led'],
  ['lling', 'ling'],
];

const SHORTEST_STEM = 2;

/** Other spellings of a word in lower case; a form that nobody writes matches nothing and does no harm. */
export function spellingsOf(word: string): string[] {
  const spellings = new Set<string>();
  for (const [british, american] of ENDINGS) {
    for (const [from, to] of [
      [british, american],
      [american, british],
    ] as const) {
      if (word.endsWith(from) && word.length >= from.length + SHORTEST_STEM) {
        spellings.add(word.slice(0, -from.length) + to);
      }
    }
  }
  spellings.delete(word);
  return [...spellings];
}
