import { PHRASE_HINTS, WORD_HINTS } from './hint-words.js';
import { SYNONYM_GROUPS } from './synonym-groups.js';

/** How much a match counts beside one of the word that was asked for. */
const SYNONYM_WEIGHT = 0.55;
const HINT_WEIGHT = 0.55;

/** Turns words into lexemes as the index has them; `undefined` for a stop word. */
export type Stemmer = (word: string) => string | undefined;

interface PhraseHint {
  readonly words: readonly string[];
  readonly meant: readonly string[];
}

/**
 * Synonyms and hints by lexeme, so that `folders` finds what is written for `folder`. Made once, with
 * the database's own stemmer.
 */
export class Thesaurus {
  readonly #forms = new Map<string, Map<string, number>>();
  /** Hints of stop words (`where`), which have no lexeme. */
  readonly #stopWordHints = new Map<string, readonly string[]>();
  readonly #phrases: PhraseHint[] = [];

  constructor(stem: Stemmer) {
    const lexemes = (words: readonly string[]): string[] => words.flatMap((word) => stem(word) ?? []);
    for (const group of entries(SYNONYM_GROUPS)) {
      const members = lexemes(group.split(' '));
      for (const member of members) this.#add(member, members, SYNONYM_WEIGHT);
    }
    for (const [word, meant] of hints(WORD_HINTS)) {
      const lexeme = stem(word);
      if (lexeme === undefined) this.#stopWordHints.set(word, lexemes(meant));
      else this.#add(lexeme, lexemes(meant), HINT_WEIGHT);
    }
    for (const [phrase, meant] of hints(PHRASE_HINTS)) {
      this.#phrases.push({ words: phrase.split(' '), meant: lexemes(meant) });
    }
  }

  /** Other lexemes that a document may have instead of this word, with their weights. */
  formsOf(word: string, lexeme: string | undefined): ReadonlyMap<string, number> {
    if (lexeme !== undefined) return this.#forms.get(lexeme) ?? new Map<string, number>();
    return new Map((this.#stopWordHints.get(word) ?? []).map((meant) => [meant, HINT_WEIGHT]));
  }

  /** One set of lexemes for each turn of phrase that occurs in these words. */
  phrasesIn(words: readonly string[]): ReadonlyMap<string, number>[] {
    return this.#phrases
      .filter((phrase) => words.some((_, i) => phrase.words.every((word, j) => words[i + j] === word)))
      .map(({ meant }) => new Map(meant.map((lexeme) => [lexeme, HINT_WEIGHT])));
  }

  #add(lexeme: string, others: readonly string[], weight: number): void {
    const forms = this.#forms.get(lexeme) ?? new Map<string, number>();
    this.#forms.set(lexeme, forms);
    for (const other of others) {
      if (other !== lexeme) forms.set(other, Math.max(weight, forms.get(other) ?? 0));
    }
  }
}

/** Every word that the thesaurus has, once: what the stemmer must know. */
export function thesaurusWords(): string[] {
  const words = [SYNONYM_GROUPS, WORD_HINTS, PHRASE_HINTS].flatMap((text) => text.match(/[a-z0-9]+/g) ?? []);
  return [...new Set(words)];
}

function entries(text: string): string[] {
  return text
    .split(';')
    .map((entry) => entry.trim().replaceAll(/\s+/g, ' '))
    .filter((entry) => entry !== '');
}

function hints(text: string): [word: string, meant: string[]][] {
  return entries(text).map((entry) => {
    const [word = '', meant = ''] = entry.split(': ');
    return [word, meant.split(' ')];
  });
}
