import { describe, expect, it } from 'vitest';
import { queryWords } from './query-words.js';
import { conceptsOf, inverseFrequency } from './search-plan.js';
import { Thesaurus } from './thesaurus.js';

const stem = (word: string): string | undefined =>
  ['how', 'much', 'is', 'a', 'the'].includes(word) ? undefined : word.replace(/s$/, '');
const thesaurus = new Thesaurus(stem);

describe('conceptsOf', () => {
  it('has one concept for words of one lexeme, none for stop words, and one for a telling phrase', () => {
    const concepts = conceptsOf(queryWords('how much is a folder the folders'), stem, thesaurus);
    expect(concepts.map(({ own }) => own)).toEqual(['folder', undefined]);
    expect(concepts[0]?.forms.get('folder')).toBe(1);
    expect(concepts[0]?.forms.get('directory')).toBeLessThan(1);
    expect([...(concepts[1]?.forms.keys() ?? [])]).toContain('price');
  });

  it('bounds the forms of each word', () => {
    const question = Array.from({ length: 40 }, (_, i) => `word${String(i)}`).join(' ');
    for (const { forms } of conceptsOf(queryWords(question), stem, thesaurus))
      expect(forms.size).toBeLessThanOrEqual(24);
  });
});

describe('inverseFrequency', () => {
  const frequencies = { documents: 1000, byLexeme: new Map(Object.entries({ all: 1000, some: 100, stale: 5000 })) };

  it('falls with the frequency and never below zero', () => {
    const values = ['absent', 'some', 'all', 'stale'].map((lexeme) => inverseFrequency(frequencies, lexeme));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(Math.min(...values)).toBeGreaterThan(0);
  });
});
