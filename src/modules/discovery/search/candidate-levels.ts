import { type Concept, inverseFrequency, type TermFrequencies } from './search-plan.js';

/** How many documents are looked at for one question, at most. */
export const MOST_CANDIDATES = 2000;
/** How many of them one condition may bring, so that there is room for what the next ones find. */
const LEVEL_CANDIDATES = 450;
/** Common words that are combined: 5 make 10 pairs and 10 triples. */
const MOST_COMBINED = 5;
/** Concepts that are combined with their synonyms, which makes long lists of documents. */
const MOST_COMBINED_WIDE = 3;
/** Words in more than a tenth of all documents choose nothing by themselves. */
const TOO_COMMON = 0.1;
/** The share of all documents that the forms of one concept may be in together. */
const WIDEST = 0.03;

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
    if (expected > LEVEL_CANDIDATES) break;
    rare.add(lexeme);
  }

  const common = concepts
    .filter(({ importance }) => importance === 1 || concepts.every((concept) => concept.importance < 1))
    .map((concept) => ({
      own: concept.own,
      lexemes: [...concept.forms.keys()].filter((form) => !rare.has(form)),
      concept,
    }))
    .filter(({ lexemes }) => lexemes.length > 0)
    .toSorted((a, b) => telling(b.concept, frequencies) - telling(a.concept, frequencies))
    .slice(0, MOST_COMBINED);
  const owns = common.flatMap(({ own }) => (own === undefined || rare.has(own) ? [] : [own]));
  const wide = common
    .slice(0, MOST_COMBINED_WIDE)
    .map((group) => withinBudget(group.lexemes, documentsWith, frequencies.documents * WIDEST));
  const singles = withinBudget([...owns, ...wide.flat()], documentsWith, frequencies.documents * TOO_COMMON);
  const alternatives = [
    [...rare].map(quoted),
    combinations(owns.map(quoted), 3),
    combinations(owns.map(quoted), 2),
    combinations(wide.map(anyOf), 2),
    singles.map(quoted),
  ];
  return alternatives
    .map((queries, i) => ({
      query: queries.join(' | '),
      limit: i < alternatives.length - 1 ? LEVEL_CANDIDATES : MOST_CANDIDATES,
    }))
    .filter(({ query }) => query !== '');
}

/** The rarest of these that together are in at most so many documents, and one at least. */
function withinBudget(lexemes: readonly string[], documentsWith: (lexeme: string) => number, budget: number): string[] {
  const chosen: string[] = [];
  let expected = 0;
  for (const lexeme of [...new Set(lexemes)].sort((a, b) => documentsWith(a) - documentsWith(b))) {
    expected += documentsWith(lexeme);
    if (expected > budget && chosen.length > 0) break;
    chosen.push(lexeme);
  }
  return chosen;
}

/** A lexeme as a `tsquery` literal. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function anyOf(lexemes: readonly string[]): string {
  return lexemes.map(quoted).join(' | ');
}

function telling({ own, importance, forms }: Concept, frequencies: TermFrequencies): number {
  if (own !== undefined && frequencies.byLexeme.has(own)) return importance * inverseFrequency(frequencies, own);
  const known = [...forms].filter(([lexeme]) => frequencies.byLexeme.has(lexeme));
  return importance * Math.max(0, ...known.map(([lexeme, weight]) => weight * inverseFrequency(frequencies, lexeme)));
}

function combinations(queries: readonly string[], size: number): string[] {
  if (size === 0) return [];
  if (size === 1) return queries.map((query) => `(${query})`);
  return queries.flatMap((query, i) =>
    combinations(queries.slice(i + 1), size - 1).map((others) => `(${query}) & ${others}`),
  );
}
