import { expect, it } from 'vitest';
import {
  type ClientSession,
  isBusy,
  type NewSession,
  type SessionOwner,
  type UpstreamSession,
} from '../../src/modules/gateway/sessions/client-session.js';
import type { SessionLimits } from '../../src/modules/gateway/sessions/session-limits.js';
import type { SessionStore } from '../../src/modules/gateway/sessions/session-store.js';
import { SettableClock } from './settable-clock.js';

export const ALICE: SessionOwner = { kind: 'user', tenantId: 't1', subject: 'alice' };
export const BOB: SessionOwner = { kind: 'user', tenantId: 't1', subject: 'bob' };
export const MINUTE = 60_000;

export type MakeStore = (clock: SettableClock, limits: Partial<SessionLimits>) => SessionStore | Promise<SessionStore>;

export function newSession(given: Partial<NewSession> = {}): NewSession {
  return {
    protocolVersion: '2025-11-25',
    clientCapabilities: { roots: {} },
    clientInfo: { name: 'client', version: '1' },
    endpoint: { kind: 'aggregate', tools: 'all' },
    ...given,
  };
}

export function upstream(sessionId: string): UpstreamSession {
  return { url: 'http://one.example/mcp', sessionId, protocolVersion: '2025-11-25', capabilities: { logging: {} } };
}

/** A store that tells of each end by the name that a test gave the session. */
export async function setUpStore(make: MakeStore, limits: Partial<SessionLimits> = {}) {
  const clock = new SettableClock();
  const store = await make(clock, limits);
  const closed: string[] = [];
  const names = new Map<string, string>();
  store.onClose((session, reason) => closed.push(`${names.get(session.id) ?? '?'} ${reason}`));
  const create = async (name: string, owner = ALICE): Promise<ClientSession> => {
    const session = await store.create(owner, newSession());
    names.set(session.id, name);
    clock.advance(1000);
    return session;
  };
  return { clock, store, closed, create };
}

/** What every session store does, whatever keeps the sessions. */
export function behavesAsSessionStore(make: MakeStore): void {
  const setUp = (limits: Partial<SessionLimits> = {}) => setUpStore(make, limits);

  it('makes ids that nobody guesses, of visible ASCII', async () => {
    const { store } = await setUp({ maxPerPrincipal: 1000 });
    const sessions = await Promise.all(Array.from({ length: 200 }, async () => store.create(ALICE, newSession())));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(200);
    for (const { id } of sessions) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('keeps what the client said', async () => {
    const { store, clock } = await setUp();
    const given = newSession({ endpoint: { kind: 'server', serverId: 's1' } });
    const session = await store.create(ALICE, given);
    expect(await store.get(ALICE, session.id)).toBe(session);
    expect(session).toMatchObject({ ...given, owner: ALICE, createdAtMs: clock.nowMs(), openCalls: 0, openStreams: 0 });
    expect([await store.setLogLevel(session, 'debug'), session.logLevel]).toEqual([true, 'debug']);
  });

  it.each<[string, SessionOwner]>([
    ['subject', { ...ALICE, subject: 'bob' }],
    ['tenant', { ...ALICE, tenantId: 't2' }],
    ['kind', { ...ALICE, kind: 'api_key' }],
  ])('hides a session from a principal of another %s', async (_name, other) => {
    const { store, create, closed } = await setUp();
    const { id } = await create('a');
    expect([await store.get(other, id), await store.delete(other, id)]).toEqual([undefined, false]);
    expect([store.size, closed]).toEqual([1, []]);
  });

  it('deletes once', async () => {
    const { store, create, closed } = await setUp();
    const session = await create('a');
    expect(await store.delete(ALICE, session.id)).toBe(true);
    expect(await store.delete(ALICE, session.id)).toBe(false);
    expect([await store.get(ALICE, session.id), store.size, closed]).toEqual([undefined, 0, ['a deleted']]);
  });

  it('changes nothing of a session that ended', async () => {
    const { store, create } = await setUp();
    const session = await create('a');
    await store.delete(ALICE, session.id);
    expect(store.open(session, 'call')).toBeUndefined();
    expect(await store.attachUpstream(session, 's1', upstream('u'))).toBeUndefined();
    expect(await store.setLogLevel(session, 'debug')).toBe(false);
    expect(await store.subscribe(session, 's1', 'test://a')).toBe(false);
    expect(await store.unsubscribe(session, 's1', 'test://a')).toBe(false);
    store.touch(session);
    expect([session.upstreamSessions.size, session.subscriptions.size, store.size]).toEqual([0, 0, 0]);
  });

  it('ends a session that was idle for 30 minutes, at its next request', async () => {
    const { store, clock, create, closed } = await setUp();
    const session = await create('a');
    clock.advance(session.lastUsedAtMs + 30 * MINUTE - 1 - clock.nowMs());
    expect(await store.get(ALICE, session.id)).toBe(session);
    clock.advance(1);
    expect([await store.get(ALICE, session.id), closed]).toEqual([undefined, ['a expired']]);
    expect(await store.delete(ALICE, session.id)).toBe(false);
  });

  it('sweeps what expired and nothing else', async () => {
    const { store, clock, create, closed } = await setUp();
    const [, b, c] = [await create('a'), await create('b'), await create('c'), await create('d')];
    clock.advance(20 * MINUTE);
    store.touch(b);
    const lease = store.open(c, 'stream');
    clock.advance(10 * MINUTE);
    expect([await store.sweep(clock.nowMs()), closed.toSorted()]).toEqual([2, ['a expired', 'd expired']]);
    clock.advance(20 * MINUTE);
    expect([await store.sweep(clock.nowMs()), closed.at(-1)]).toEqual([1, 'b expired']);
    lease?.close();
    clock.advance(30 * MINUTE - 1);
    expect(await store.sweep(clock.nowMs())).toBe(0);
    clock.advance(1);
    expect([await store.sweep(clock.nowMs()), closed.at(-1)]).toEqual([1, 'c expired']);
  });

  it('counts open calls and streams, each lease once', async () => {
    const { store, create } = await setUp();
    const session = await create('a');
    const leases = [store.open(session, 'call'), store.open(session, 'call'), store.open(session, 'stream')];
    expect([session.openCalls, session.openStreams]).toEqual([2, 1]);
    leases[0]?.close();
    leases[0]?.close();
    expect([session.openCalls, session.openStreams, isBusy(session)]).toEqual([1, 1, true]);
    await store.delete(ALICE, session.id);
    leases[1]?.close();
    leases[2]?.close();
    expect([session.openCalls, session.openStreams, store.size]).toEqual([0, 0, 0]);
  });

  it('makes room for each of many that come at once, while there are idle ones', async () => {
    const { store, create, closed } = await setUp({ maxPerPrincipal: 40 });
    for (let i = 0; i < 40; i += 1) await create(`idle ${String(i)}`);
    await Promise.all(Array.from({ length: 30 }, (_, i) => create(`new ${String(i)}`)));
    expect(closed.toSorted()).toEqual(Array.from({ length: 30 }, (_, i) => `idle ${String(i)} evicted`).toSorted());
    expect(store.size).toBe(40);
  });

  it('closes the principal’s longest idle session for a new one, never a busy one', async () => {
    const { store, create, closed } = await setUp({ maxPerPrincipal: 3 });
    const [a, b] = [await create('a'), await create('b'), await create('c')];
    store.open(a, 'call');
    store.touch(b);
    await create('d');
    expect([closed, store.size]).toEqual([['c evicted'], 3]);
  });

  it('refuses when all of a principal’s sessions are busy', async () => {
    const { store, create, closed } = await setUp({ maxPerPrincipal: 2 });
    for (const name of ['a', 'b']) store.open(await create(name), 'stream');
    await expect(create('c')).rejects.toMatchObject({ kind: 'unavailable', code: 'gateway.sessions_exhausted' });
    await create('x', BOB);
    expect([store.size, closed]).toEqual([3, []]);
  });

  it('refuses a client that says too much about itself', async () => {
    const { store } = await setUp();
    const clientInfo = { name: 'x'.repeat(40_000) };
    await expect(async () => store.create(ALICE, newSession({ clientInfo }))).rejects.toMatchObject({
      kind: 'too_large',
      code: 'gateway.client_too_large',
    });
    expect(store.size).toBe(0);
  });

  it('bounds subscriptions by their length and number', async () => {
    const { store, create } = await setUp({ maxSubscriptionCharacters: 2 * (64 + 10) });
    const session = await create('a');
    for (const uri of ['test://aaa', 'test://bbb', 'test://aaa'])
      expect(await store.subscribe(session, 's1', uri)).toBe(true);
    await expect(async () => store.subscribe(session, 's1', 'c')).rejects.toMatchObject({
      kind: 'invalid',
      code: 'gateway.subscriptions_exhausted',
    });
    await store.unsubscribe(session, 's1', 'test://aaa');
    await store.unsubscribe(session, 's1', 'test://aaa');
    await store.subscribe(session, 's1', 'test://ccc');
    expect([...(session.subscriptions.get('s1') ?? [])]).toEqual(['test://bbb', 'test://ccc']);
    await expect(async () => store.subscribe(session, 's1', '')).rejects.toThrow();
  });

  it('holds one upstream session a server: the first, until it is let go', async () => {
    const { store, create } = await setUp({ maxUpstreamSessions: 2 });
    const session = await create('a');
    const [first, second] = [upstream('first'), upstream('second')];
    expect(await store.attachUpstream(session, 's1', first)).toBe(first);
    expect(await store.attachUpstream(session, 's1', second)).toBe(first);
    expect(await store.detachUpstream(session, 's1', second)).toBe(false);
    expect(await store.detachUpstream(session, 's1', first)).toBe(true);
    expect(await store.attachUpstream(session, 's1', second)).toBe(second);
    await store.attachUpstream(session, 's2', upstream('x'));
    await expect(async () => store.attachUpstream(session, 's3', upstream('y'))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'gateway.upstream_sessions_exhausted',
    });
    expect([...session.upstreamSessions.keys()]).toEqual(['s1', 's2']);
  });
}
