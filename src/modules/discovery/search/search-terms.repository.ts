import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import { ALL_DOCUMENTS } from './search.repository.js';

/** Any constant: one replica counts at a time. */
const TERMS_LOCK = 7_304_118_205;
/** Larger catalogues are sampled: what counting costs stays the same. */
const COUNTED_DOCUMENTS = 50_000;
/** Of a sample, words in one document only are left out: unknown words count as rare anyway. */
const FEWEST_IN_SAMPLE = 2;
const MOST_WORDS = 200_000;
/** For a table that was never analysed: rather too few documents than a full scan taken for a small one. */
const USUAL_DOCUMENT_BYTES = 2000;

/** `search_terms`: in how many search documents each word is. */
@Injectable()
export class SearchTermsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /**
   * Counts anew and writes what differs by more than a tenth. Tenants are not told apart: a frequency
   * says how telling a word is, and nothing else is ever shown of it.
   * @returns false when another replica is counting.
   */
  async refresh(): Promise<boolean> {
    return this.database.transaction('search_terms.refresh', async (manager) => {
      const [lock] = (await manager.query('/* search_terms.lock */ SELECT pg_try_advisory_xact_lock($1) AS taken', [
        TERMS_LOCK,
      ])) as { readonly taken: boolean }[];
      if (lock?.taken !== true) return false;
      const [size] = (await manager.query(
        `/* search_terms.size */ SELECT greatest(reltuples, pg_relation_size(oid) / $1)::float8 AS estimate FROM pg_class
         WHERE oid = 'tool_search'::regclass`,
        [USUAL_DOCUMENT_BYTES],
      )) as { readonly estimate: number }[];
      const share = Math.min(1, COUNTED_DOCUMENTS / Math.max(1, size?.estimate ?? 0));
      const sampled = share < 1;
      const source = `SELECT vector FROM tool_search${sampled ? ` TABLESAMPLE SYSTEM (${(share * 100).toFixed(4)})` : ''}`;
      await manager.query(
        `/* search_terms.refresh */
         WITH counted AS MATERIALIZED (
           SELECT word, least(round(ndoc / $2::float8), 2147483647)::integer AS documents
           FROM ts_stat($1) WHERE ndoc >= $3 ORDER BY ndoc DESC LIMIT $4
         ), total AS (
           SELECT CASE WHEN $5 THEN $6::float8 ELSE (SELECT count(*) FROM tool_search) END::integer AS documents
         ), fresh AS (
           SELECT word, documents FROM counted UNION ALL SELECT $7, documents FROM total
         ), gone AS (
           DELETE FROM search_terms old WHERE NOT EXISTS (SELECT FROM fresh WHERE fresh.word = old.word)
         )
         INSERT INTO search_terms (word, documents) SELECT word, documents FROM fresh
         ON CONFLICT (word) DO UPDATE SET documents = excluded.documents
         WHERE abs(excluded.documents - search_terms.documents) > search_terms.documents * 0.1`,
        [source, share, sampled ? FEWEST_IN_SAMPLE : 1, MOST_WORDS, sampled, size?.estimate ?? 0, ALL_DOCUMENTS],
      );
      return true;
    });
  }
}
