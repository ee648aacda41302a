import { Injectable } from '@nestjs/common';
import type { Scope } from '../../../kernel/scope.js';
import type { Parameters } from '../repositories/parameters.js';
import { candidateLevels } from './candidate-levels.js';
import { queryWords } from './query-words.js';
import { rank, type Ranked } from './rank.js';
import { conceptsOf } from './search-plan.js';
import type { SearchTarget } from './search-targets.js';
import { SearchRepository } from './search.repository.js';
import { Thesaurus, thesaurusWords } from './thesaurus.js';

/** Stems that are remembered: about 2 MB. */
const MOST_LEXEMES = 20_000;
const SHORTEST_FOR_TRIGRAMS = 3;
const MOST_FOR_TRIGRAMS = 8;

export interface TextSearchOptions {
  readonly limit: number;
  readonly includeInactive: boolean;
  /** One more condition, about the target's columns. */
  readonly filter?: (parameters: Parameters) => string;
}

/**
 * Free text to ids, best first (ADR 0005): the question's words with their synonyms, candidates by the
 * rarest of them, BM25F over the best candidates; trigrams when no word is found.
 */
@Injectable()
export class TextSearch {
  readonly #lexemes = new Map<string, string | undefined>();
  #thesaurus: Promise<Thesaurus> | undefined;

  constructor(private readonly repository: SearchRepository) {}

  async search(scope: Scope, target: SearchTarget, question: string, options: TextSearchOptions): Promise<Ranked[]> {
    const words = queryWords(question);
    if (words.length === 0) return [];
    const thesaurus = await this.#loadThesaurus();
    const lexemeOf = await this.#lexemesOf(words.flatMap(({ word, forms }) => [word, ...forms.keys()]));
    const concepts = conceptsOf(words, (word) => lexemeOf.get(word), thesaurus);
    const lexemes = new Set(concepts.flatMap(({ forms }) => [...forms.keys()]));
    const frequencies = await this.repository.frequenciesOf([...lexemes]);
    const levels = candidateLevels(concepts, frequencies);
    const { limit, ...conditions } = options;
    if (levels.length > 0) {
      const query = { ...conditions, levels, concepts, frequencies };
      const candidates = await this.repository.candidates(scope, target, query);
      if (candidates.length > 0) return rank(question, concepts, frequencies, candidates).slice(0, limit);
    }
    const typed = words.map(({ word }) => word).filter((word) => word.length >= SHORTEST_FOR_TRIGRAMS);
    return this.repository.similar(scope, target, typed.slice(0, MOST_FOR_TRIGRAMS), options);
  }

  #loadThesaurus(): Promise<Thesaurus> {
    this.#thesaurus ??= this.repository.lexemesOf(thesaurusWords()).then(
      (lexemes) => new Thesaurus((word) => lexemes.get(word)),
      (error: unknown) => {
        this.#thesaurus = undefined;
        throw error;
      },
    );
    return this.#thesaurus;
  }

  async #lexemesOf(words: readonly string[]): Promise<Map<string, string | undefined>> {
    const unknown = words.filter((word) => !this.#lexemes.has(word));
    const learnt = unknown.length === 0 ? undefined : await this.repository.lexemesOf(unknown);
    if (this.#lexemes.size > MOST_LEXEMES) this.#lexemes.clear();
    for (const word of unknown) this.#lexemes.set(word, learnt?.get(word));
    return new Map(words.map((word) => [word, learnt?.get(word) ?? this.#lexemes.get(word)]));
  }
}
