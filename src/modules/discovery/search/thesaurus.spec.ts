import { describe, expect, it } from 'vitest';
import { PHRASE_HINTS, WORD_HINTS } from './hint-words.js';
import { SYNONYM_GROUPS } from './synonym-groups.js';
import { Thesaurus, thesaurusWords } from './thesaurus.js';

const STOP_WORDS = new Set(['how', 'where', 'who', 'is', 'the']);
/** Stands in for the database's: cuts the plural. */
const stem = (word: string): string | undefined => (STOP_WORDS.has(word) ? undefined : word.replace(/s$/, ''));
const thesaurus = new Thesaurus(stem);

describe('Thesaurus', () => {
  it('knows synonyms both ways, by lexeme', () => {
    expect(thesaurus.formsOf('folders', 'folder').has('directory')).toBe(true);
    expect(thesaurus.formsOf('directory', 'directory').has('folder')).toBe(true);
  });

  it('does not join groups that share a word', () => {
    expect(thesaurus.formsOf('picture', 'picture').has('image')).toBe(true);
    expect(thesaurus.formsOf('photo', 'photo').has('image')).toBe(true);
    expect(thesaurus.formsOf('drawing', 'drawing').has('photo')).toBe(false);
  });

  it('knows hints one way only', () => {
    expect(thesaurus.formsOf('bitcoin', 'bitcoin').has('crypto')).toBe(true);
    expect(thesaurus.formsOf('crypto', 'crypto').has('bitcoin')).toBe(false);
  });

  it('hears what a stop word or a turn of phrase asks for', () => {
    expect([...thesaurus.formsOf('where', undefined).keys()]).toContain('location');
    const [meant] = thesaurus.phrasesIn(['how', 'much', 'is', 'it']);
    expect([...(meant?.keys() ?? [])]).toContain('price');
    expect(thesaurus.phrasesIn(['how', 'is', 'much'])).toEqual([]);
  });

  it('gives every form a weight below that of the word itself', () => {
    for (const word of thesaurusWords()) {
      for (const [form, weight] of thesaurus.formsOf(word, stem(word))) {
        expect([form, weight > 0 && weight < 1]).toEqual([form, true]);
      }
    }
  });
});

describe('the lists', () => {
  it.each([
    ['synonyms', SYNONYM_GROUPS, /^[a-z0-9]+( [a-z0-9]+)+$/],
    ['word hints', WORD_HINTS, /^[a-z0-9]+: [a-z0-9]+( [a-z0-9]+)*$/],
    ['phrase hints', PHRASE_HINTS, /^[a-z0-9]+( [a-z0-9]+)+: [a-z0-9]+( [a-z0-9]+)*$/],
  ])('%s are well formed, and nothing is there twice', (_what, text, form) => {
    const entries = text
      .split(';')
      .map((entry) => entry.trim().replaceAll(/\s+/g, ' '))
      .filter((entry) => entry !== '');
    expect(entries.filter((entry) => !form.test(entry))).toEqual([]);
    expect(entries.length).toBe(new Set(entries).size);
  });
});
