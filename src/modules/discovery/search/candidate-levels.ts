import { type Concept, inverseFrequency, type TermFrequencies } from './search-plan.js';

/** How many documents are looked at for one question, at most. */
export const MOST_CANDIDATES = 2000;
/** How many of them rare words may bring, so that there is room for what only common words find. */
const RARE_CANDIDATES = 1000;
/** Common words that are combined: 5 make 10 pairs and 10 triples. */
const MOST_COMBINED = 5;
/** Words in more than a tenth of all documents choose nothing by themselves. */
const TOO_COMMON = 0.1;

/** A `tsquery`, and how many candidates it may bring. */
export interface CandidateLevel {
  readonly query: string;
  readonly limit: number;
}

/**
 * Which documents to look at, from the most telling condition to the least: those with the rarest
 * words, then those with several of the common ones together, then those with one of them. A search
 * takes them in this order until it has `MOST_CANDIDATES`, so that its cost does not grow with the
 * catalogue.
 */
export function candidateLevels(concepts: readonly Concept[], frequencies: TermFrequencies): CandidateLevel[] {
  const lexemes = [...new Set(concepts.flatMap(({ forms }) => [...forms.keys()]))];
  if (lexemes.length === 0) return [];
  if (frequencies.documents <= MOST_CANDIDATES) return [{ query: anyOf(lexemes), limit: MOST_CANDIDATES }];

  const documentsWith = (lexeme: string): number => frequencies.byLexeme.get(lexeme) ?? 0;
  const rare = new Set<string>();
  let expected = 0;
  for (const lexeme of lexemes.toSorted((a, b) => documentsWith(a) - documentsWith(b))) {
    expected += documentsWith(lexeme);
    if (expected > RARE_CANDIDATES) break;
    rare.add(lexeme);
  }

  const common = concepts
    .filter(({ own }) => own === undefined || !rare.has(own))
    .toSorted((a, b) => telling(b, frequencies) - telling(a, frequencies))
    .slice(0, MOST_COMBINED);
  const owns = common.flatMap(({ own }) => (own === undefined ? [] : [own]));
  const bearable = (lexeme: string): boolean => documentsWith(lexeme) <= frequencies.documents * TOO_COMMON;
  const wide = common.map(({ own, forms }) =>
    anyOf([...forms.keys()].filter((lexeme) => lexeme === own || bearable(lexeme))),
  );
  const singles = owns.filter(bearable);
  const queries = [
    [...rare].map(quoted),
    combinations(owns.map(quoted), 3),
    combinations(owns.map(quoted), 2),
    combinations(
      wide.filter((query) => query !== ''),
      2,
    ),
    (singles.length > 0 ? singles : owns.slice(0, 1)).map(quoted),
  ];
  return queries
    .filter((alternatives) => alternatives.length > 0)
    .map((alternatives, i) => ({
      query: alternatives.join(' | '),
      limit: i === 0 && rare.size > 0 ? RARE_CANDIDATES : MOST_CANDIDATES,
    }));
}

/** A lexeme as a `tsquery` literal. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function anyOf(lexemes: readonly string[]): string {
  return lexemes.map(quoted).join(' | ');
}

function telling({ own, forms }: Concept, frequencies: TermFrequencies): number {
  if (own !== undefined) return inverseFrequency(frequencies, own);
  return Math.max(...[...forms].map(([lexeme, weight]) => weight * inverseFrequency(frequencies, lexeme)));
}

function combinations(queries: readonly string[], size: number): string[] {
  if (size === 0) return [];
  if (size === 1) return queries.map((query) => `(${query})`);
  return queries.flatMap((query, i) =>
    combinations(queries.slice(i + 1), size - 1).map((others) => `(${query}) & ${others}`),
  );
}
