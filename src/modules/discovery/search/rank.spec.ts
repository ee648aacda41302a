import { describe, expect, it } from 'vitest';
import { type Candidate, rank } from './rank.js';
import type { Concept } from './search-plan.js';

const frequencies = { documents: 100, byLexeme: new Map(Object.entries({ get: 60, price: 10, stock: 5, share: 8 })) };
const concept = (own: string, forms: Record<string, number> = {}, importance = 1): Concept => ({
  own,
  importance,
  forms: new Map([[own, 1], ...Object.entries(forms)]),
});
const candidate = (id: string, vector: string): Candidate => ({ id, name: id, vector });
const order = (question: string, concepts: Concept[], ...candidates: Candidate[]): string[] =>
  rank(question, concepts, frequencies, candidates).map(({ id }) => id);

describe('rank', () => {
  it.each<[string, Concept[], Candidate, Candidate]>([
    [
      'a rare word before a common one',
      [concept('get'), concept('stock')],
      candidate('b', "'stock':1C"),
      candidate('a', "'get':1C"),
    ],
    ['a name before a description', [concept('stock')], candidate('b', "'stock':1A"), candidate('a', "'stock':1C")],
    [
      'a short description before a long one',
      [concept('stock')],
      candidate('b', "'stock':1C 'x':2C"),
      candidate('a', `'stock':1C 'x':${Array.from({ length: 90 }, (_, i) => `${String(i + 2)}C`).join(',')}`),
    ],
    [
      'two words before one of them twice',
      [concept('stock'), concept('price')],
      candidate('b', "'price':1C 'stock':2C"),
      candidate('a', "'stock':1C,2C"),
    ],
    [
      'the word before its synonym',
      [concept('stock', { share: 0.5 })],
      candidate('b', "'stock':1C"),
      candidate('a', "'share':1C"),
    ],
    [
      'what matters before what is only said',
      [concept('stock', {}, 0.5), concept('share')],
      candidate('b', "'share':1C"),
      candidate('a', "'stock':1C"),
    ],
  ])('puts %s', (_what, concepts, better, worse) => {
    expect(order('?', concepts, worse, better)).toEqual(['b', 'a']);
  });

  it('puts the tool first whose name the question is', () => {
    const named = { id: 'b', name: 'get_stock', vector: "'get':1A 'stock':2A" };
    const other = candidate('a', "'get':1A,2B 'stock':3A,4C");
    expect(order(' Get_Stock ', [concept('get'), concept('stock')], other, named)[0]).toBe('b');
  });

  it('keeps one order among equals, and leaves out what has nothing of the question', () => {
    const candidates = ['c', 'a', 'b'].map((id) => candidate(id, "'stock':1A"));
    expect(order('?', [concept('stock')], ...candidates, candidate('d', "'price':1A"))).toEqual(['a', 'b', 'c']);
  });

  it('still ranks when nobody has counted words yet', () => {
    const uncounted = { documents: 0, byLexeme: new Map<string, number>() };
    const ranked = rank('?', [concept('stock')], uncounted, [candidate('a', "'stock':1A")]);
    expect(ranked.map(({ id }) => id)).toEqual(['a']);
    expect(ranked[0]?.score).toBeGreaterThan(0);
  });
});
