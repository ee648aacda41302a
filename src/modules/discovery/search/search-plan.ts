import type { QueryWord } from './query-words.js';
import type { Stemmer, Thesaurus } from './thesaurus.js';

/** One thing that a question asks for, and the lexemes by which a document may say it. */
export interface Concept {
  /** The lexeme of the question's own word; undefined where only hints stand for it (`how much`). */
  readonly own: string | undefined;
  /** 1, or less for a concept that says little about what is meant. */
  readonly importance: number;
  /** Lexemes with their weights, 1 for `own`. */
  readonly forms: ReadonlyMap<string, number>;
}

/** Corpus statistics for the words of one question. */
export interface TermFrequencies {
  /** How many search documents there are; 0 when nobody has counted yet. */
  readonly documents: number;
  /** In how many of them a lexeme is; absent: in none that was counted. */
  readonly byLexeme: ReadonlyMap<string, number>;
}

const MOST_FORMS = 24;

/** What a question asks for. Stop words drop out unless they hint at something. */
export function conceptsOf(words: readonly QueryWord[], stem: Stemmer, thesaurus: Thesaurus): Concept[] {
  const concepts = new Map<string, Concept>();
  for (const { word, importance, forms } of words) {
    const own = stem(word);
    const lexemes = new Map<string, number>();
    const add = (lexeme: string | undefined, weight: number): void => {
      if (lexeme === undefined || lexemes.size >= MOST_FORMS) return;
      lexemes.set(lexeme, Math.max(weight, lexemes.get(lexeme) ?? 0));
    };
    add(own, 1);
    // A compound with a stop word is its neighbour's form already.
    if (own !== undefined) for (const [form, weight] of forms) add(stem(form), weight);
    for (const [lexeme, weight] of thesaurus.formsOf(word, own)) add(lexeme, weight);
    const key = own ?? ` ${word}`;
    if (lexemes.size > 0 && !concepts.has(key)) concepts.set(key, { own, importance, forms: lexemes });
  }
  const phrases = thesaurus.phrasesIn(words.map(({ word }) => word));
  return [...concepts.values(), ...phrases.map((forms) => ({ own: undefined, importance: 1, forms }))];
}

/** Inverse document frequency as BM25 has it (Robertson and Zaragoza 2009); never negative. */
export function inverseFrequency(frequencies: TermFrequencies, lexeme: string): number {
  const inDocuments = Math.min(frequencies.byLexeme.get(lexeme) ?? 0, frequencies.documents);
  return Math.log(1 + (frequencies.documents - inDocuments + 0.5) / (inDocuments + 0.5));
}
