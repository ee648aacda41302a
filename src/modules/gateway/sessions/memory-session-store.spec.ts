import { describe, expect, it } from 'vitest';
import { Clock } from '../../../kernel/clock.js';
import {
  type ClientSession,
  isBusy,
  type NewSession,
  type SessionOwner,
  type UpstreamSession,
} from './client-session.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionLimits } from './session-limits.js';

class SetClock extends Clock {
  ms = 1_700_000_000_000;
  now(): Date {
    return new Date(this.ms);
  }
}

const ALICE: SessionOwner = { kind: 'user', tenantId: 't1', subject: 'alice' };
const BOB: SessionOwner = { kind: 'user', tenantId: 't1', subject: 'bob' };
const MINUTE = 60_000;

function newSession(given: Partial<NewSession> = {}): NewSession {
  return {
    protocolVersion: '2025-11-25',
    clientCapabilities: { roots: {} },
    clientInfo: { name: 'client', version: '1' },
    endpoint: { kind: 'aggregate', tools: 'all' },
    ...given,
  };
}

function upstream(sessionId: string): UpstreamSession {
  return { sessionId, protocolVersion: '2025-11-25', capabilities: {} };
}

function setUp(limits: Partial<SessionLimits> = {}) {
  const clock = new SetClock();
  const store = new MemorySessionStore(clock, limits);
  const closed: string[] = [];
  const names = new Map<string, string>();
  store.onClose((session, reason) => closed.push(`${names.get(session.id) ?? '?'} ${reason}`));
  const create = (name: string, owner = ALICE): ClientSession => {
    const session = store.create(owner, newSession());
    names.set(session.id, name);
    clock.ms += 1000;
    return session;
  };
  return { clock, store, closed, create };
}

describe('MemorySessionStore', () => {
  it('makes ids that nobody guesses, of visible ASCII', () => {
    const { store } = setUp({ maxPerPrincipal: 1000 });
    const ids = Array.from({ length: 1000 }, () => store.create(ALICE, newSession()).id);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('keeps what the client said', () => {
    const { store, clock } = setUp();
    const given = newSession({ endpoint: { kind: 'server', serverId: 's1' } });
    const session = store.create(ALICE, given);
    expect(store.get(ALICE, session.id)).toBe(session);
    expect(session).toMatchObject({ ...given, owner: ALICE, createdAtMs: clock.ms, openCalls: 0, openStreams: 0 });
    expect([store.setLogLevel(session, 'debug'), session.logLevel]).toEqual([true, 'debug']);
  });

  it.each<[string, SessionOwner]>([
    ['subject', { ...ALICE, subject: 'bob' }],
    ['tenant', { ...ALICE, tenantId: 't2' }],
    ['kind', { ...ALICE, kind: 'api_key' }],
  ])('hides a session from a principal of another %s', (_name, other) => {
    const { store, create, closed } = setUp();
    const { id } = create('a');
    expect([store.get(other, id), store.delete(other, id)]).toEqual([undefined, false]);
    expect([store.size, closed]).toEqual([1, []]);
  });

  it('deletes once', () => {
    const { store, create, closed } = setUp();
    const session = create('a');
    expect([store.delete(ALICE, session.id), store.delete(ALICE, session.id)]).toEqual([true, false]);
    expect([store.get(ALICE, session.id), store.size, closed]).toEqual([undefined, 0, ['a deleted']]);
  });

  it('changes nothing of a session that ended', () => {
    const { store, create } = setUp();
    const session = create('a');
    store.delete(ALICE, session.id);
    expect(store.open(session, 'call')).toBeUndefined();
    expect(store.attachUpstream(session, 's1', upstream('u'))).toBe(false);
    expect(store.setLogLevel(session, 'debug')).toBe(false);
    expect(store.subscribe(session, 'a', 'test://a')).toBe(false);
    expect(store.unsubscribe(session, 'a', 'test://a')).toBe(false);
    store.touch(session);
    expect([session.upstreamSessions.size, session.subscriptions.size, store.size]).toEqual([0, 0, 0]);
  });

  describe('idle time', () => {
    it('ends a session that was idle for 30 minutes, at its next request', () => {
      const { store, clock, create, closed } = setUp();
      const session = create('a');
      clock.ms = session.lastUsedAtMs + 30 * MINUTE - 1;
      expect(store.get(ALICE, session.id)).toBe(session);
      clock.ms += 1;
      expect([store.get(ALICE, session.id), closed]).toEqual([undefined, ['a expired']]);
      expect(store.delete(ALICE, session.id)).toBe(false);
    });

    it('sweeps what expired and nothing else', () => {
      const { store, clock, create, closed } = setUp();
      const [, b, c] = [create('a'), create('b'), create('c'), create('d')];
      clock.ms += 20 * MINUTE;
      store.touch(b);
      const lease = store.open(c, 'stream');
      clock.ms += 10 * MINUTE;
      expect([store.sweep(clock.ms), closed]).toEqual([2, ['a expired', 'd expired']]);
      clock.ms += 20 * MINUTE;
      expect([store.sweep(clock.ms), closed.at(-1)]).toEqual([1, 'b expired']);
      lease?.close();
      clock.ms += 30 * MINUTE - 1;
      expect(store.sweep(clock.ms)).toBe(0);
      expect([store.sweep(clock.ms + 1), closed.at(-1)]).toEqual([1, 'c expired']);
    });
  });

  it('counts open calls and streams, each lease once', () => {
    const { store, create } = setUp();
    const session = create('a');
    const leases = [store.open(session, 'call'), store.open(session, 'call'), store.open(session, 'stream')];
    expect([session.openCalls, session.openStreams]).toEqual([2, 1]);
    leases[0]?.close();
    leases[0]?.close();
    expect([session.openCalls, session.openStreams, isBusy(session)]).toEqual([1, 1, true]);
    store.delete(ALICE, session.id);
    leases[1]?.close();
    leases[2]?.close();
    expect([session.openCalls, session.openStreams, store.size]).toEqual([0, 0, 0]);
  });

  describe('caps', () => {
    it('closes the principal’s longest idle session, never a busy one', () => {
      const { store, create, closed } = setUp({ maxPerPrincipal: 3 });
      const [a, b] = [create('a'), create('b'), create('c')];
      store.open(a, 'call');
      store.touch(b);
      create('d');
      expect([closed, store.size]).toEqual([['c evicted'], 3]);
    });

    it('refuses when all of a principal’s sessions are busy', () => {
      const { store, create, closed } = setUp({ maxPerPrincipal: 2 });
      for (const name of ['a', 'b']) store.open(create(name), 'stream');
      expect(() => create('c')).toThrow(
        expect.objectContaining({ kind: 'unavailable', code: 'gateway.sessions_exhausted', retryAfterSeconds: 10 }),
      );
      create('x', BOB);
      expect([store.size, closed]).toEqual([3, []]);
    });

    it('never closes another principal’s session when the replica is full', () => {
      const { create, closed, store } = setUp({ maxSessions: 2 });
      create('a');
      create('b');
      expect(() => create('x', BOB)).toThrow(/no room/);
      create('c');
      expect([closed, store.size]).toEqual([['a evicted'], 2]);
    });

    it('takes what has expired first', () => {
      const { clock, create, closed } = setUp({ maxSessions: 2 });
      create('a');
      clock.ms += 29 * MINUTE;
      create('b');
      clock.ms += 2 * MINUTE;
      create('x', BOB);
      expect(closed).toEqual(['a expired']);
    });

    it('refuses a client that says too much about itself', () => {
      const { store } = setUp();
      const clientInfo = { name: 'x'.repeat(40_000) };
      expect(() => store.create(ALICE, newSession({ clientInfo }))).toThrow(
        expect.objectContaining({ kind: 'too_large', code: 'gateway.client_too_large' }),
      );
      expect(store.size).toBe(0);
    });

    it('bounds subscriptions by their length and number', () => {
      const { store, create } = setUp({ maxSubscriptionCharacters: 2 * (64 + 10) });
      const session = create('a');
      for (const uri of ['test://aaa', 'test://bbb', 'test://aaa'])
        expect(store.subscribe(session, 'a', uri)).toBe(true);
      expect(() => store.subscribe(session, 'a', 'c')).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'gateway.subscriptions_exhausted' }),
      );
      store.unsubscribe(session, 'a', 'test://aaa');
      store.unsubscribe(session, 'a', 'test://aaa');
      store.subscribe(session, 'a', 'test://ccc');
      expect([...(session.subscriptions.get('a') ?? [])]).toEqual(['test://bbb', 'test://ccc']);
      expect(() => store.subscribe(session, 'a', '')).toThrow();
    });
  });

  it('holds one upstream session a server, and lets go only of the one that is meant', () => {
    const { store, create } = setUp({ maxUpstreamSessions: 2 });
    const session = create('a');
    const [old, renewed] = [upstream('old'), upstream('renewed')];
    store.attachUpstream(session, 's1', old);
    store.attachUpstream(session, 's2', upstream('x'));
    store.attachUpstream(session, 's1', renewed);
    expect(() => store.attachUpstream(session, 's3', upstream('y'))).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'gateway.upstream_sessions_exhausted' }),
    );
    expect([store.detachUpstream(session, 's1', old), session.upstreamSessions.get('s1')]).toEqual([false, renewed]);
    expect([store.detachUpstream(session, 's1', renewed), session.upstreamSessions.size]).toEqual([true, 1]);
  });

  it('closes all at shutdown, the busy ones too', () => {
    const { store, create, closed } = setUp();
    store.open(create('a'), 'call');
    create('b', BOB);
    store.closeAll();
    expect([store.size, closed]).toEqual([0, ['a shutdown', 'b shutdown']]);
  });
});
