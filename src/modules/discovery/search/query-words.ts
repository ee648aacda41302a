import { proseWords } from '../../servers/index.js';
import { spellingsOf } from './spelling.js';

/** Longer questions are cut: who asks in more words than this has said it by then. */
const MOST_CHARS = 1000;
const MOST_WORDS = 40;

/** How much a match of another form counts beside one of the word itself. */
const OTHER_SPELLING = 0.95;
const JOINED = 0.9;

/** Words that carry a request rather than its subject. They still count where a tool is named so. */
const CASUAL_WORDS = new Set(
  `want wants wanted need needs like please help may might can could would should tell give gives take takes make makes
   let know say says said see use using used way thing things something anything everything someone somebody everybody
   anybody much many mine one two three got put go goes going come try keep also still already right really just
   currently`.split(/\s+/),
);
const CASUAL = 0.5;

/** One word of a question, and the other forms in which a document may have it, each with its weight. */
export interface QueryWord {
  readonly word: string;
  /** 1, or less for a word that says little about what is meant. */
  readonly importance: number;
  readonly forms: ReadonlyMap<string, number>;
}

/**
 * The words of a question, each once. Forms are other spellings (`colour`, `color`) and the compound
 * with a neighbour (`web page`, `webpage`). Stems and synonyms come later: they are the database's
 * and the thesaurus's.
 */
export function queryWords(question: string): QueryWord[] {
  const words = proseWords(question.slice(0, MOST_CHARS)).slice(0, MOST_WORDS);
  const found = new Map<string, Map<string, number>>();
  for (const [i, word] of words.entries()) {
    const forms = found.get(word) ?? new Map<string, number>();
    found.set(word, forms);
    for (const spelling of spellingsOf(word)) forms.set(spelling, OTHER_SPELLING);
    const [previous, next] = [words[i - 1], words[i + 1]];
    if (previous !== undefined) forms.set(previous + word, JOINED);
    if (next !== undefined) forms.set(word + next, JOINED);
  }
  return [...found].map(([word, forms]) => ({ word, importance: CASUAL_WORDS.has(word) ? CASUAL : 1, forms }));
}
