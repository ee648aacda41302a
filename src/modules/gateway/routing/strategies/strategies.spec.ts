import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../test/support/random-json.js';
import { ConsistentHash } from './consistent-hash.js';
import { RoundRobin } from './round-robin.js';
import { createStrategies, STRATEGIES, type StrategyName } from './strategies.js';
import type { Candidate, RoutingKey, Strategy } from './strategy.js';

const KEY: RoutingKey = { tenantId: 't', subject: 'u', route: 'r' };

function candidate(id: string, given: Partial<Candidate> = {}): Candidate {
  return { id, weight: 1, inFlight: 0, ewmaMs: 10, ...given };
}

function route(name: string): RoutingKey {
  return { ...KEY, route: name };
}

function caller(n: number): RoutingKey {
  return { ...KEY, tenantId: `tenant-${n % 7}`, subject: `user-${n}` };
}

type KeyOf = (n: number) => RoutingKey;

function shares(strategy: Strategy, candidates: readonly Candidate[], picks: number, key: KeyOf = () => KEY) {
  const counts: Record<string, number> = Object.fromEntries(candidates.map(({ id }) => [id, 0]));
  for (let n = 0; n < picks; n += 1) {
    const id = strategy.pick(candidates, key(n))?.id ?? 'nobody';
    counts[id] = (counts[id] ?? 0) + 1 / picks;
  }
  return counts;
}

describe('every strategy', () => {
  it.each(STRATEGIES)('%s: nobody of none, the only one of one, one of several', (name) => {
    const strategy = createStrategies(seededRandom(1))[name];
    const several = ['a', 'b', 'c'].map((id) => candidate(id));
    expect(strategy.pick([], KEY)).toBeUndefined();
    expect(strategy.pick([several[0]!], KEY)).toBe(several[0]);
    for (let n = 0; n < 100; n += 1) expect(several).toContain(strategy.pick(several, KEY));
  });
});

describe('shares of 20,000 picks', () => {
  type Row = [name: StrategyName, what: string, candidates: Candidate[], expected: Record<string, number>];
  it.each<Row>([
    ['random', 'evenly', [candidate('a'), candidate('b'), candidate('c', { weight: 9 })], { a: 1 / 3, b: 1 / 3 }],
    [
      'weighted',
      'by weight',
      [candidate('a'), candidate('b', { weight: 3 }), candidate('c', { weight: 6 })],
      { a: 0.1, b: 0.3 },
    ],
    [
      'round-robin',
      'evenly',
      [candidate('a'), candidate('b', { inFlight: 50 }), candidate('c')],
      { a: 1 / 3, b: 1 / 3 },
    ],
    [
      'least-connections',
      'to the emptiest',
      [candidate('a', { inFlight: 2 }), candidate('b', { inFlight: 1 })],
      { a: 0 },
    ],
    [
      'least-connections',
      'evenly among equals',
      [candidate('a'), candidate('b'), candidate('c', { inFlight: 1 })],
      { a: 0.5, c: 0 },
    ],
    ['p2c-ewma', 'evenly among equals', [candidate('a'), candidate('b'), candidate('c')], { a: 1 / 3, b: 1 / 3 }],
    // Of three pairs, the slowest wins none, the quickest two.
    [
      'p2c-ewma',
      'never to the slowest',
      [candidate('a', { ewmaMs: 1 }), candidate('b'), candidate('c', { ewmaMs: 99 })],
      { a: 2 / 3, c: 0 },
    ],
    [
      'p2c-ewma',
      'past a quick one that is busy',
      [candidate('a', { ewmaMs: 5, inFlight: 9 }), candidate('b')],
      { a: 0 },
    ],
    ['p2c-ewma', 'to an idle newcomer', [candidate('a', { ewmaMs: undefined }), candidate('b')], { a: 1 }],
    [
      'p2c-ewma',
      'past a newcomer with a call under way',
      [candidate('a', { ewmaMs: undefined, inFlight: 1 }), candidate('b')],
      { a: 0 },
    ],
  ])('%s: %s', (name, _what, candidates, expected) => {
    const counts = shares(createStrategies(seededRandom(7))[name], candidates, 20_000);
    for (const [id, share] of Object.entries(expected)) expect(Math.abs((counts[id] ?? 0) - share)).toBeLessThan(0.02);
  });
});

describe('RoundRobin', () => {
  const two = [candidate('a'), candidate('b')];

  it('counts each route apart', () => {
    const strategy = new RoundRobin();
    const picked = [1, 2, 3, 4].map(() => ['x', 'y'].map((name) => strategy.pick(two, route(name))?.id));
    expect(picked).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  it('forgets the oldest route when there are too many', () => {
    const strategy = new RoundRobin(2);
    for (const name of ['x', 'y', 'z']) strategy.pick(two, route(name));
    expect(['y', 'z', 'x'].map((name) => strategy.pick(two, route(name))?.id)).toEqual(['b', 'b', 'a']);
  });

  it('goes on when candidates leave', () => {
    const strategy = new RoundRobin();
    strategy.pick(two, KEY);
    expect(strategy.pick(two.slice(0, 1), KEY)?.id).toBe('a');
  });
});

describe('ConsistentHash', () => {
  const servers = Array.from({ length: 5 }, (_, n) => candidate(`019af7c2-0000-7000-8000-00000000000${n}`));
  const strategy = new ConsistentHash();
  const server = (tenantId: string, subject: string) => strategy.pick(servers, { ...KEY, tenantId, subject });

  it('spreads callers evenly, though ids differ in one character', () => {
    for (const share of Object.values(shares(strategy, servers, 20_000, caller))) {
      expect(Math.abs(share - 0.2)).toBeLessThan(0.02);
    }
  });

  it('gives the same answer in every process, whatever the order of the candidates', () => {
    const picked = [0, 1, 2, 3, 4, 5].map((n) => strategy.pick(servers, caller(n))?.id.at(-1));
    expect(picked.join('')).toMatchInlineSnapshot(`"243220"`);
    const reversed = servers.toReversed();
    for (let n = 0; n < 500; n += 1) expect(strategy.pick(reversed, caller(n))).toBe(strategy.pick(servers, caller(n)));
  });

  it('keeps tenant and subject apart', () => {
    const together = Array.from({ length: 100 }, (_, n) => server(`a${n}`, 'b') === server('a', `${n}b`));
    expect(together).toContain(false);
  });

  it('moves only the callers of a server that leaves', () => {
    const [gone, ...rest] = servers;
    for (let n = 0; n < 2000; n += 1) {
      const before = strategy.pick(servers, caller(n));
      if (before !== gone) expect(strategy.pick(rest, caller(n))).toBe(before);
    }
  });
});
