import { describe, expect, it } from 'vitest';
import { candidateLevels, MOST_CANDIDATES } from './candidate-levels.js';
import type { Concept } from './search-plan.js';

const concept = (own: string, ...others: string[]): Concept => ({
  own,
  importance: 1,
  forms: new Map([[own, 1], ...others.map((other): [string, number] => [other, 0.5])]),
});
const frequencies = (documents: number, counts: Record<string, number>) => ({
  documents,
  byLexeme: new Map(Object.entries(counts)),
});
const MILLION = 1_000_000;

describe('candidateLevels', () => {
  it('asks for any word in a catalogue that can be looked at as a whole', () => {
    const levels = candidateLevels([concept('city', 'town'), concept('weather')], frequencies(500, { city: 400 }));
    expect(levels).toEqual([{ query: "'city' | 'town' | 'weather'", limit: MOST_CANDIDATES }]);
  });

  it('begins with rare words, unknown ones among them, and leaves room for common ones together', () => {
    const concepts = [concept('get'), concept('weather'), concept('city'), concept('zagreb', 'unheard')];
    const levels = candidateLevels(
      concepts,
      frequencies(MILLION, { get: 600_000, weather: 10_000, city: 30_000, zagreb: 40 }),
    );
    expect(levels.map(({ query }) => query)).toEqual([
      "'unheard' | 'zagreb'",
      "('weather') & ('city') & ('get')",
      "('weather') & ('city') | ('weather') & ('get') | ('city') & ('get')",
      "('weather') & ('city') | ('weather') & ('get') | ('city') & ('get')",
      "'weather' | 'city'",
    ]);
    expect(levels[0]?.limit).toBeLessThan(MOST_CANDIDATES);
  });

  it('combines common words with their synonyms, but not with those that choose nothing', () => {
    const levels = candidateLevels(
      [concept('photo', 'image', 'get'), concept('city')],
      frequencies(MILLION, { photo: 5000, image: 20_000, get: 600_000, city: 30_000 }),
    );
    expect(levels.map(({ query }) => query)).toContain("('photo' | 'image') & ('city')");
  });

  it('takes a word that is everywhere when there is no other', () => {
    const levels = candidateLevels([concept('get')], frequencies(MILLION, { get: 600_000 }));
    expect(levels).toEqual([{ query: "'get'", limit: MOST_CANDIDATES }]);
  });

  it('quotes what the query language would read', () => {
    const [level] = candidateLevels([concept(String.raw`it's \ !`)], frequencies(1, {}));
    expect(level?.query).toBe(String.raw`'it''s \\ !'`);
  });

  it('has none for a question without words', () => {
    expect(candidateLevels([], frequencies(MILLION, {}))).toEqual([]);
  });
});
