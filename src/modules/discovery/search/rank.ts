import { type Concept, inverseFrequency, type TermFrequencies } from './search-plan.js';
import { FIELDS, readVector, type SearchVector } from './search-vector.js';

/** A document that has something of the question. `vector` is the text of its `tsvector`. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly vector: string;
}

export interface Ranked {
  readonly id: string;
  /** Higher is better; comparable within one question only. */
  readonly score: number;
}

/**
 * How much a word counts by where it is (A name, B server, C title and description, D parameters), how
 * many words are usual there, and how much a longer field dilutes it (BM25F's w, average length and b).
 * Measured with `bench/search-quality.ts`; the results hardly move when a value changes by a third.
 */
const FIELD_RULES = {
  A: { weight: 2.5, usualWords: 5, dilution: 0.3 },
  B: { weight: 1, usualWords: 6, dilution: 0.3 },
  C: { weight: 0.9, usualWords: 27, dilution: 0.75 },
  D: { weight: 0.4, usualWords: 45, dilution: 0.5 },
} as const;
/** BM25's k1: how soon more of the same word stops to count. */
const SATURATION = 1.2;
/** How much a document gains that has all of the question rather than a part of it. */
const COVERAGE = 0.7;
/** What a word that no document has weighs in the coverage. */
const UNKNOWN_WORD = 3;
/** What each further tool of one name is worth, so that fifty copies of the best do not hide the second best. */
const REPETITION = 0.95;

/**
 * BM25F over concepts: each counts once, by its best form. Best first; equal ones by id, so that an
 * answer is the same every time. A candidate whose name is the question itself comes first.
 */
export function rank(
  question: string,
  concepts: readonly Concept[],
  frequencies: TermFrequencies,
  candidates: readonly Candidate[],
): Ranked[] {
  const wanted = new Set(concepts.flatMap((concept) => [...concept.forms.keys()]));
  const asked = question.trim().toLowerCase();
  const total = concepts.reduce((sum, concept) => sum + ownWeight(concept, frequencies), 0);
  const ranked: Named[] = [];
  for (const { id, name, vector } of candidates) {
    const document = readVector(vector, wanted);
    let score = 0;
    let covered = 0;
    for (const concept of concepts) {
      const gain = conceptScore(concept, frequencies, document);
      score += gain;
      if (gain > 0) covered += ownWeight(concept, frequencies);
    }
    if (total > 0) score *= 1 + (COVERAGE * covered) / total;
    if (name.toLowerCase() === asked) score = score * 2 + 100;
    if (score > 0) ranked.push({ id, name, score });
  }
  return spread(ranked.sort(better)).map(({ id, score }) => ({ id, score }));
}

interface Named extends Ranked {
  readonly name: string;
}

function better(a: Ranked, b: Ranked): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}

function spread(ranked: readonly Named[]): Named[] {
  const seen = new Map<string, number>();
  const discounted = ranked.map((one) => {
    const earlier = seen.get(one.name) ?? 0;
    seen.set(one.name, earlier + 1);
    return { ...one, score: one.score * REPETITION ** earlier };
  });
  return discounted.sort(better);
}

function conceptScore(
  { own, importance, forms }: Concept,
  frequencies: TermFrequencies,
  document: SearchVector,
): number {
  const known = own !== undefined && frequencies.byLexeme.has(own);
  let best = 0;
  for (const [lexeme, weight] of forms) {
    const occurrence = document.occurrences.get(lexeme);
    if (!occurrence) continue;
    let frequency = 0;
    for (const field of FIELDS) {
      const { weight: fieldWeight, usualWords, dilution } = FIELD_RULES[field];
      const length = 1 - dilution + (dilution * document.lengths[field]) / usualWords;
      frequency += (fieldWeight * occurrence[field]) / length;
    }
    const saturated = (frequency * (SATURATION + 1)) / (frequency + SATURATION);
    // A rare synonym of a common word says no more than the word itself.
    const rarity = known
      ? Math.min(inverseFrequency(frequencies, lexeme), inverseFrequency(frequencies, own))
      : inverseFrequency(frequencies, lexeme);
    best = Math.max(best, weight * rarity * saturated);
  }
  return importance * best;
}

function ownWeight({ own, importance }: Concept, frequencies: TermFrequencies): number {
  if (own === undefined) return 0;
  return importance * (frequencies.byLexeme.has(own) ? inverseFrequency(frequencies, own) : UNKNOWN_WORD);
}
