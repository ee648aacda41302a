import { describe, expect, it } from 'vitest';
import { spellingsOf } from './spelling.js';

describe('spellingsOf', () => {
  it.each([
    ['colour', 'color'],
    ['normalize', 'normalise'],
    ['analysing', 'analyzing'],
    ['kilometre', 'kilometer'],
    ['catalog', 'catalogue'],
    ['licence', 'license'],
    ['cancelled', 'canceled'],
  ])('%s is also %s', (word, other) => {
    expect(spellingsOf(word)).toContain(other);
  });

  it.each(['file', 'or', 'ise', ''])('%j has no other', (word) => {
    expect(spellingsOf(word)).toEqual([]);
  });
});
