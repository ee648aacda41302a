import { describe, expect, it } from 'vitest';
import { type Offer, selectCandidates } from './candidates.js';
import { chooseOffer } from './choose-offer.js';
import type { Strategy } from './strategies/strategy.js';

interface Given extends Partial<Omit<Offer, 'upstream'>> {
  readonly openForMs?: number;
  readonly busy?: boolean;
}

function offer(id: string, { openForMs = 0, busy = false, ...given }: Given = {}): Offer {
  const upstream = { id, weight: 1, inFlight: 0, ewmaMs: undefined, openForMs, busy };
  return { upstream, status: 'healthy', lifecycle: 'active', toolName: 'search', definitionHash: 'h1', ...given };
}

const idsOf = (offers: readonly Offer[]) => offers.map(({ upstream }) => upstream.id).join(' ');

function told(offers: readonly Offer[]): string {
  const selection = selectCandidates(offers);
  switch (selection.kind) {
    case 'candidates':
      return selection.tiers.map(idsOf).join(' | ');
    case 'ambiguous':
      return `ambiguous: ${idsOf(selection.candidates)}`;
    case 'none':
      return 'none';
    default:
      return `${selection.kind} ${selection.retryAfterMs}`;
  }
}

describe('selectCandidates', () => {
  it.each<[string, Offer[], string]>([
    ['nobody offers it', [], 'none'],
    ['one server', [offer('a')], 'a'],
    ['equals keep their order', [offer('b'), offer('a')], 'b a'],
    [
      'healthy before degraded, before what is not well, before maintenance',
      [
        offer('m', { status: 'maintenance' }),
        offer('u', { status: 'unhealthy' }),
        offer('d', { status: 'degraded' }),
        offer('h'),
        offer('n', { status: 'unknown' }),
      ],
      'h | d | u n | m',
    ],
    ['health does not block the only one', [offer('a', { status: 'unhealthy' })], 'a'],
    ['deleted is not offered', [offer('a', { lifecycle: 'deleted' })], 'none'],
    ['deprecated gives way', [offer('a', { lifecycle: 'deprecated' }), offer('b', { status: 'unhealthy' })], 'b'],
    ['deprecated serves alone', [offer('a', { lifecycle: 'deprecated' })], 'a'],
    ['other definitions', [offer('a'), offer('b', { definitionHash: 'h2' })], 'ambiguous: a b'],
    ['other names', [offer('a'), offer('b', { toolName: 'find' })], 'ambiguous: a b'],
    [
      'ambiguity does not depend on health or load',
      [offer('a', { openForMs: 5 }), offer('b', { definitionHash: 'h2', status: 'degraded' })],
      'ambiguous: a b',
    ],
    [
      'another definition on its way out',
      [offer('a'), offer('b', { definitionHash: 'h2', lifecycle: 'deprecated' })],
      'a',
    ],
    ['open ones are left out', [offer('a', { openForMs: 5 }), offer('b', { status: 'degraded' })], 'b'],
    ['busy ones are left out', [offer('a', { busy: true }), offer('b')], 'b'],
    ['all open: the soonest', [offer('a', { openForMs: 9000 }), offer('b', { openForMs: 700 })], 'all_open 700'],
    ['all busy', [offer('a', { busy: true }), offer('b', { busy: true })], 'all_busy 1000'],
    ['open or busy', [offer('a', { openForMs: 9000 }), offer('b', { busy: true })], 'all_busy 1000'],
    ['open and busy', [offer('a', { openForMs: 9000, busy: true })], 'all_open 9000'],
  ])('%s', (_name, offers, expected) => {
    expect(told(offers)).toBe(expected);
  });
});

describe('chooseOffer', () => {
  const key = { tenantId: 't', subject: 'u', route: 'h1' };
  const last: Strategy = { pick: (candidates) => candidates.at(-1) };
  const tiers = [[offer('a'), offer('b'), offer('c')], [offer('d')]];

  it.each<[excluded: string[], expected: string | undefined]>([
    [[], 'c'],
    [['c'], 'b'],
    [['b', 'c'], 'a'],
    [['a', 'b', 'c'], 'd'],
    [['a', 'b', 'c', 'd'], undefined],
  ])('without %j: %s', (excluded, expected) => {
    expect(chooseOffer(tiers, last, key, new Set(excluded))?.upstream.id).toBe(expected);
  });
});
