import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import { Parameters } from '../repositories/parameters.js';
import { visibleServer } from '../repositories/visible.js';
import { anyOf, type CandidateLevel, MOST_CANDIDATES, quoted } from './candidate-levels.js';
import type { Candidate, Ranked } from './rank.js';
import { type Concept, inverseFrequency, type TermFrequencies } from './search-plan.js';
import type { SearchTarget } from './search-targets.js';

/** The row of `search_terms` that counts documents instead of a word: no lexeme is empty. */
export const ALL_DOCUMENTS = '';
/** How many of the candidates are worth reading in full, and how many of one name. */
const MOST_READ = 200;
const MOST_OF_ONE_NAME = 20;
/** How alike a typed word and a part of a name are: `wether` and `weather` are 0.5. */
const SIMILAR = 0.45;
/** `{D, C, B, A}`, as `ts_rank` takes them. */
const COARSE_WEIGHTS = '{0.16,0.36,0.4,1}';

interface SearchOptions {
  readonly includeInactive: boolean;
  /** One more condition, about the target's columns. */
  readonly filter?: (parameters: Parameters) => string;
}

export interface CandidateQuery extends SearchOptions {
  readonly levels: readonly CandidateLevel[];
  readonly concepts: readonly Concept[];
  readonly frequencies: TermFrequencies;
}

/** What free-text search asks of the database. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Each word's lexeme; stop words have none and are absent. */
  async lexemesOf(words: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.database.queryReplica<{ word: string; lexeme: string }>(
      `/* discovery.lexemes */ SELECT word, (tsvector_to_array(to_tsvector('english', word)))[1] AS lexeme
       FROM unnest($1::text[]) AS w(word) WHERE to_tsvector('english', word) <> ''`,
      [words],
    );
    return new Map(rows.map(({ word, lexeme }) => [word, lexeme]));
  }

  async frequenciesOf(lexemes: readonly string[]): Promise<TermFrequencies> {
    const rows = await this.database.queryReplica<{ word: string; documents: number }>(
      '/* discovery.frequencies */ SELECT word, documents FROM search_terms WHERE word = ANY($1)',
      [[ALL_DOCUMENTS, ...lexemes]],
    );
    const byLexeme = new Map(rows.map(({ word, documents }) => [word, documents]));
    const documents = byLexeme.get(ALL_DOCUMENTS) ?? 0;
    byLexeme.delete(ALL_DOCUMENTS);
    return { documents, byLexeme };
  }

  /** The best by a rough score, of at most `MOST_CANDIDATES` looked at. Unordered. */
  async candidates(scope: Scope, target: SearchTarget, query: CandidateQuery): Promise<Candidate[]> {
    const parameters = new Parameters();
    const visible = conditions(scope, target, query, parameters);
    const score = roughScore(query, parameters);
    const paths = query.levels.flatMap((level) => {
      const matches = `${target.vector} @@ ${parameters.add(level.query)}::tsquery`;
      return target.branches(scope).map(
        (branch) => `(SELECT ${target.id} AS id, ${target.label} AS name, ${target.vector} AS vector
          FROM ${target.where(`${branch(parameters)} AND ${matches}`)} AND ${visible} LIMIT ${String(level.limit)})`,
      );
    });
    return this.database.queryReplica<Candidate>(
      `/* discovery.candidates_${target.name} */
       WITH looked_at AS (SELECT * FROM (${paths.join('\n UNION ALL ')}) p LIMIT ${String(MOST_CANDIDATES)}),
       scored AS (SELECT id, name, max(${score}) AS score FROM looked_at GROUP BY id, name),
       placed AS (SELECT id, score, row_number() OVER (PARTITION BY name ORDER BY score DESC, id) AS place FROM scored),
       best AS (SELECT id FROM placed WHERE place <= ${String(MOST_OF_ONE_NAME)}
         ORDER BY score DESC, id LIMIT ${String(MOST_READ)})
       SELECT ${target.id} AS id, ${target.label} AS name, (${target.vector})::text AS vector
       FROM ${target.from} WHERE ${target.id} IN (SELECT id FROM best)`,
      parameters.values,
    );
  }

  /** For misspelt words: by the trigrams that a word shares with a name. Best first. */
  async similar(
    scope: Scope,
    target: SearchTarget,
    words: readonly string[],
    { limit, ...options }: SearchOptions & { readonly limit: number },
  ): Promise<Ranked[]> {
    const { trigrams } = target;
    if (trigrams === undefined || words.length === 0) return [];
    const parameters = new Parameters();
    const visible = conditions(scope, target, options, parameters);
    const placeholders = words.map((word) => `${parameters.add(word)}::text`);
    const similarity = placeholders.map((word) => `word_similarity(${word}, ${trigrams})`).join(' + ');
    const matches = placeholders.map((word) => `${trigrams} %> ${word}`).join(' OR ');
    // `%>` is what the index knows, and this is where it takes its threshold from: evaluated before any scan.
    const threshold = `(SELECT set_config('pg_trgm.word_similarity_threshold', '${String(SIMILAR)}', true)) IS NOT NULL`;
    const paths = target.branches(scope).map(
      (branch) => `(SELECT ${target.id} AS id, ${similarity} AS score
        FROM ${target.where(`${branch(parameters)} AND (${matches}) AND ${threshold}`)} AND ${visible}
        LIMIT ${String(MOST_CANDIDATES)})`,
    );
    return this.database.queryReplica<Ranked>(
      `/* discovery.similar_${target.name} */ SELECT id, score::float8 AS score
       FROM (${paths.join('\n UNION ALL ')}) looked_at ORDER BY score DESC, id LIMIT ${parameters.add(limit)}`,
      parameters.values,
    );
  }
}

function conditions(scope: Scope, target: SearchTarget, options: SearchOptions, parameters: Parameters): string {
  return [
    visibleServer(scope, parameters),
    ...(options.includeInactive ? [] : [target.active]),
    ...(options.filter ? [options.filter(parameters)] : []),
  ].join(' AND ');
}

/** The sum over concepts of rarity times `ts_rank`: cheap, and good enough to choose what to read. */
function roughScore({ concepts, frequencies }: CandidateQuery, parameters: Parameters): string {
  const rankOf = (query: string): string =>
    `ts_rank('${COARSE_WEIGHTS}', vector, ${parameters.add(query)}::tsquery, 1)`;
  const terms = concepts.map(({ own, importance, forms }) => {
    const others = [...forms].filter(([lexeme]) => lexeme !== own);
    const parts: string[] = [];
    if (own !== undefined)
      parts.push(`${weight(importance * inverseFrequency(frequencies, own))} * ${rankOf(quoted(own))}`);
    if (others.length > 0) {
      const rarity = Math.min(
        ...(own === undefined || !frequencies.byLexeme.has(own) ? [] : [inverseFrequency(frequencies, own)]),
        Math.max(...others.map(([lexeme, share]) => share * inverseFrequency(frequencies, lexeme))),
      );
      // ts_rank divides what it finds of several words by their number.
      parts.push(`${weight(importance * rarity * others.length)} * ${rankOf(anyOf(others.map(([lexeme]) => lexeme)))}`);
    }
    return `greatest(${parts.join(', ')})`;
  });
  return terms.join(' + ');
}

function weight(value: number): string {
  return value.toFixed(4);
}
