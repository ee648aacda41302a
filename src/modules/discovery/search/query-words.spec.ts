import { describe, expect, it } from 'vitest';
import { queryWords } from './query-words.js';

describe('queryWords', () => {
  it('has each word once, with its spellings and its compounds with neighbours', () => {
    const words = queryWords('Colour the web page, the colour');
    expect(words.map(({ word }) => word)).toEqual(['colour', 'the', 'web', 'page']);
    expect(words[0]?.forms).toEqual(
      new Map([
        ['color', 0.95],
        ['colourthe', 0.9],
        ['thecolour', 0.9],
      ]),
    );
    expect(words[2]?.forms.get('webpage')).toBe(0.9);
    expect(words[3]?.forms.get('webpage')).toBe(0.9);
  });

  it('weighs words of courtesy less', () => {
    expect(queryWords('please translate').map(({ importance }) => importance)).toEqual([0.5, 1]);
  });

  it.each([
    ['nothing', '  ?! '],
    ['NUL', '\0'],
  ])('%s has no words', (_what, question) => {
    expect(queryWords(question)).toEqual([]);
  });

  it('looks at the beginning of a long question', () => {
    const question = Array.from({ length: 5000 }, (_, i) => `w${String(i)}`).join(' ');
    expect(queryWords(question)).toHaveLength(40);
  });
});
