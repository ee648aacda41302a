import { describe, expect, it } from 'vitest';
import { below, pick, seededRandom } from '../../../../test/support/random-json.js';
import { AppError } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { type ClientSession, isBusy, type SessionOwner } from './client-session.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionLease } from './session-store.js';

class SetClock extends Clock {
  ms = 1_700_000_000_000;
  now(): Date {
    return new Date(this.ms);
  }
}

const LIMITS = { maxSessions: 30, maxPerPrincipal: 5, idleMs: 2000 };
const OWNERS = Array.from({ length: 12 }, (_, n): SessionOwner => ({
  kind: 'user',
  tenantId: `t${n % 3}`,
  subject: `u${n}`,
}));
const GIVEN = {
  protocolVersion: '2025-11-25',
  clientCapabilities: {},
  clientInfo: {},
  endpoint: { kind: 'aggregate', tools: 'all' },
} as const;

/** What the store should hold, kept as one plain list. */
interface Known {
  readonly session: ClientSession;
  readonly leases: SessionLease[];
}

class Model {
  readonly clock = new SetClock();
  readonly store = new MemorySessionStore(this.clock, LIMITS);
  readonly known = new Map<string, Known>();
  readonly seen = { evicted: 0, expired: 0, deleted: 0, shutdown: 0, released: 0, refused: 0 };

  constructor() {
    this.store.onClose((session, reason) => {
      const of = this.of(session.owner);
      expect(this.known.delete(session.id)).toBe(true);
      this.seen[reason] += 1;
      const idleFor = this.clock.ms - session.lastUsedAtMs;
      if (reason === 'expired') expect([isBusy(session), idleFor >= LIMITS.idleMs]).toEqual([false, true]);
      if (reason !== 'evicted') return;
      const longest = Math.max(...of.filter((one) => !isBusy(one)).map((one) => this.clock.ms - one.lastUsedAtMs));
      expect([isBusy(session), idleFor]).toEqual([false, longest]);
    });
  }

  of(owner: SessionOwner): ClientSession[] {
    return [...this.known.values()].map(({ session }) => session).filter((one) => one.owner.subject === owner.subject);
  }

  create(owner: SessionOwner): void {
    try {
      const session = this.store.create(owner, GIVEN);
      this.known.set(session.id, { session, leases: [] });
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      this.seen.refused += 1;
      const own = this.of(owner);
      expect(own.every(isBusy)).toBe(true);
      expect(own.length === LIMITS.maxPerPrincipal || this.known.size === LIMITS.maxSessions).toBe(true);
    }
  }

  /** The caps hold, every session is its owner's alone, and nothing is kept that has ended. */
  check(): void {
    const counts = new Map<string, number>();
    let wrongLeases = 0;
    for (const { session, leases } of this.known.values()) {
      counts.set(session.owner.subject, (counts.get(session.owner.subject) ?? 0) + 1);
      if (session.openCalls + session.openStreams !== leases.length) wrongLeases += 1;
    }
    const overCap = [...counts.values()].filter((count) => count > LIMITS.maxPerPrincipal).length;
    const missing = this.known.size - this.store.size;
    const tooMany = Math.max(0, this.store.size - LIMITS.maxSessions);
    if (wrongLeases === 0 && overCap === 0 && missing === 0 && tooMany === 0) return;
    expect({ wrongLeases, overCap, missing, tooMany }).toEqual({ wrongLeases: 0, overCap: 0, missing: 0, tooMany: 0 });
  }
}

describe('MemorySessionStore under random use', () => {
  it.each([1, 2, 3, 4])('keeps its caps, evicts the longest idle, tells of each end once (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const model = new Model();
    const { store, clock } = model;
    for (let n = 0; n < 4000; n += 1) {
      clock.ms += below(random, 60);
      const owner = pick(random, OWNERS);
      const known = model.known.size > 0 ? pick(random, [...model.known.values()]) : undefined;
      const action = below(random, 100);
      if (action < 35 || !known) model.create(owner);
      else if (action < 55) known.leases.push(store.open(known.session, random() < 0.5 ? 'call' : 'stream')!);
      else if (action < 75) known.leases.splice(below(random, known.leases.length), 1)[0]?.close();
      else if (action < 85) store.touch(known.session);
      else if (action < 90) store.get(owner, known.session.id);
      else if (action < 94) {
        const own = owner.subject === known.session.owner.subject;
        const gone = clock.ms - known.session.lastUsedAtMs >= LIMITS.idleMs && !isBusy(known.session);
        expect(store.delete(owner, known.session.id)).toBe(own && !gone);
      } else if (action < 97) store.delete(known.session.owner, known.session.id);
      else store.sweep(clock.ms);
      model.check();
    }
    for (const times of [model.seen.evicted, model.seen.expired, model.seen.deleted, model.seen.refused]) {
      expect(times).toBeGreaterThan(0);
    }
    store.closeAll();
    expect([store.size, model.known.size]).toEqual([0, 0]);
  });
});
