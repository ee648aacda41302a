import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Secrets } from '../../src/config/secrets.js';
import { RedisClient, RedisSubscriber } from '../../src/modules/cache/index.js';
import type { ClientSession, UpstreamSession } from '../../src/modules/gateway/sessions/client-session.js';
import type { RedisSessionStore } from '../../src/modules/gateway/sessions/redis-session-store.js';
import type { SessionLimits } from '../../src/modules/gateway/sessions/session-limits.js';
import { sharedSessionStore } from '../../src/modules/gateway/sessions/session-store.provider.js';
import { eventually } from '../support/eventually.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';
import { ALICE, behavesAsSessionStore, BOB, MINUTE, newSession, upstream } from '../support/session-store-behaviour.js';
import { SettableClock } from '../support/settable-clock.js';

const SECRETS = new Secrets(['a key that all replicas of this test have']);
let redis: HarmedRedis;
const closing: (() => void)[] = [];

interface Replica {
  readonly store: RedisSessionStore;
  readonly client: RedisClient;
  readonly closed: string[];
}

async function replica(clock: SettableClock, name: string, limits: Partial<SessionLimits> = {}): Promise<Replica> {
  const client = new RedisClient(redis.url);
  const subscriber = new RedisSubscriber(redis.url);
  const listening = new Promise<void>((resolve) => {
    subscriber.onListening(resolve);
  });
  const store = sharedSessionStore({ clock, secrets: SECRETS, replica: name, redis: client, subscriber, limits });
  const closed: string[] = [];
  store.onClose((session, reason) => closed.push(`${session.clientInfo['name'] as string} ${reason}`));
  closing.push(() => {
    client.close();
    subscriber.close();
  });
  client.connect();
  subscriber.connect();
  await listening;
  await eventually(() => {
    expect(client.isReady).toBe(true);
  });
  return { store, client, closed };
}

async function twoReplicas(
  limits: Partial<SessionLimits> = {},
): Promise<{ clock: SettableClock; a: Replica; b: Replica }> {
  const clock = new SettableClock();
  const [a, b] = [await replica(clock, 'a', limits), await replica(clock, 'b', limits)];
  return { clock, a, b };
}

const named = (name: string) => newSession({ clientInfo: { name, version: '1' } });

const urisOf = (session: ClientSession): string[] => [...(session.subscriptions.get('s1') ?? [])];

/** The copy of another replica, which has to know the session. */
async function copy({ store }: Replica, { id, owner }: ClientSession): Promise<ClientSession> {
  const session = await store.get(owner, id);
  if (!session) throw new Error('the session is not known');
  return session;
}

describe.skipIf(!canStartRedis())('RedisSessionStore', () => {
  beforeAll(async () => {
    redis = await startHarmedRedis();
  });
  afterAll(() => redis.close());
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await wipe();
  });

  behavesAsSessionStore(async (clock, limits) => (await replica(clock, 'alone', limits)).store);

  it('shares a session with all that belongs to it', async () => {
    const { a, b } = await twoReplicas();
    const given = newSession({ endpoint: { kind: 'server', serverId: 's1' } });
    const session = await a.store.create(ALICE, given);
    await a.store.setLogLevel(session, 'debug');
    await a.store.attachUpstream(session, 's1', upstream('u1'));
    await a.store.attachUpstream(session, 's2', { ...upstream(''), sessionId: undefined });
    await a.store.subscribe(session, 's1', 'test://one');
    const other = await copy(b, session);
    expect(other).toMatchObject({ ...given, id: session.id, owner: ALICE, createdAtMs: session.createdAtMs });
    expect([other.logLevel, urisOf(other)]).toEqual(['debug', ['test://one']]);
    expect([...other.upstreamSessions]).toEqual([...session.upstreamSessions]);
    expect(await b.store.get(BOB, session.id)).toBeUndefined();
  });

  it('does not ask Redis for a session that it knows and asked about lately', async () => {
    const { a, clock } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    const asked = vi.spyOn(a.client, 'within');
    for (let n = 0; n < 100; n += 1) {
      clock.advance(10);
      expect(a.store.get(ALICE, session.id)).toBe(session);
      a.store.touch(session);
      a.store.open(session, 'call')?.close();
    }
    expect(asked).not.toHaveBeenCalled();
    clock.advance(3000);
    expect(await a.store.get(ALICE, session.id)).toBe(session);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('keeps no upstream session id readable in Redis', async () => {
    const { a } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    await a.store.attachUpstream(session, 's1', upstream('very-secret-id'));
    const data = await a.client.within((commands) => commands.hGet(`mreg:session:${session.id}`, 'data'));
    expect(data).toContain('http://one.example/mcp');
    expect(data).not.toContain('very-secret-id');
  });

  it('gives no upstream session to an owner who was written in', async () => {
    const { a, b } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    await a.store.attachUpstream(session, 's1', upstream('u1'));
    const key = `mreg:session:${session.id}`;
    const data = await a.client.within((commands) => commands.hGet(key, 'data'));
    await a.client.within((commands) => commands.hSet(key, 'data', String(data).replace('"alice"', '"bob"')));
    expect((await b.store.get(BOB, session.id))?.upstreamSessions.size).toBe(0);
  });

  it('tells other replicas of changes, before they ask', async () => {
    const { a, b } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    const other = await copy(b, session);
    const kept = upstream('u1');
    await b.store.attachUpstream(other, 's1', kept);
    await a.store.setLogLevel(session, 'debug');
    await a.store.subscribe(session, 's1', 'test://one');
    await eventually(() => {
      expect([other.logLevel, urisOf(other)]).toEqual(['debug', ['test://one']]);
    });
    // What did not change is the same object as before.
    expect(other.upstreamSessions.get('s1')).toBe(kept);
    await a.store.delete(ALICE, session.id);
    await eventually(() => {
      expect([b.store.size, b.closed]).toEqual([0, ['s released']]);
    });
    expect([await b.store.get(ALICE, session.id), a.closed]).toEqual([undefined, ['s deleted']]);
  });

  it('lets the first of two attached upstream sessions stand, on both replicas', async () => {
    const { a, b } = await twoReplicas();
    for (let round = 0; round < 10; round += 1) {
      const session = await a.store.create(ALICE, named('s'));
      const other = await copy(b, session);
      const [ofA, ofB] = [upstream('of a'), upstream('of b')];
      const standing = await Promise.all([
        a.store.attachUpstream(session, 's1', ofA),
        b.store.attachUpstream(other, 's1', ofB),
      ]);
      const ids = standing.map((one) => one?.sessionId);
      expect(ids[0]).toBe(ids[1]);
      expect([standing[0] === ofA, standing[1] === ofB].filter(Boolean)).toHaveLength(1);
      // Both find that the upstream forgot it; only one replaces it.
      await a.store.detachUpstream(session, 's1', standing[0] as UpstreamSession);
      const renewed = await a.store.attachUpstream(session, 's1', upstream('new'));
      expect(await b.store.detachUpstream(other, 's1', standing[1] as UpstreamSession)).toBe(false);
      expect(await b.store.attachUpstream(other, 's1', upstream('newer'))).toEqual(renewed);
    }
  });

  it('loses no change that two replicas make at once', async () => {
    const { a, b } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    const other = await copy(b, session);
    const uris = Array.from({ length: 20 }, (_, n) => `test://${String(n)}`);
    await Promise.all(
      uris.map((uri, n) => (n % 2 ? a.store.subscribe(session, 's1', uri) : b.store.subscribe(other, 's1', uri))),
    );
    await eventually(() => {
      for (const one of [session, other]) expect(urisOf(one).toSorted()).toEqual(uris.toSorted());
    });
  });

  it('counts a principal’s sessions over all replicas, and spares those that are busy elsewhere', async () => {
    const { a, b, clock } = await twoReplicas({ maxPerPrincipal: 3 });
    const create = async ({ store }: Replica, name: string): Promise<ClientSession> => {
      clock.advance(1000);
      return store.create(ALICE, named(name));
    };
    const busy = await create(a, 'busy');
    const lease = a.store.open(busy, 'stream');
    await create(a, 'idle');
    await create(b, 'new');
    await create(b, 'newer');
    await eventually(() => {
      expect([a.closed, b.closed]).toEqual([['idle released'], ['idle evicted']]);
    });
    for (const name of ['x', 'y']) await create(b, name);
    expect([b.closed, a.store.size]).toEqual([['idle evicted', 'new evicted', 'newer evicted'], 1]);
    lease?.close();
    for (const name of ['x2', 'y2', 'z2']) await create(b, name);
    await eventually(() => {
      expect(a.closed).toEqual(['idle released', 'busy released']);
    });
  });

  it('ends an expired session once, with the upstream sessions of all replicas, though nobody has a copy', async () => {
    const { a, b, clock } = await twoReplicas();
    const c = await replica(clock, 'c');
    const ended: string[] = [];
    for (const { store } of [a, b, c]) {
      store.onClose((session, reason) => {
        for (const { sessionId } of session.upstreamSessions.values()) ended.push(`${String(sessionId)} ${reason}`);
      });
    }
    for (let n = 0; n < 30; n += 1) {
      const session = await a.store.create(ALICE, named('s'));
      await b.store.attachUpstream(await copy(b, session), 's1', upstream(`u${String(n)}`));
    }
    a.store.closeAll();
    ended.length = 0;
    clock.advance(30 * MINUTE);
    const swept = await Promise.all([b, c].map(({ store }) => store.sweep(clock.nowMs())));
    expect(swept.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(ended.filter((one) => one.endsWith('expired')).toSorted()).toEqual(
      Array.from({ length: 30 }, (_, n) => `u${String(n)} expired`).toSorted(),
    );
    expect(await b.store.sweep(clock.nowMs())).toBe(0);
  });

  it('does not end what is used or busy at another replica', async () => {
    const { a, b, clock } = await twoReplicas();
    const [used, busy] = [await a.store.create(ALICE, named('used')), await a.store.create(ALICE, named('busy'))];
    await copy(b, used);
    await copy(b, busy);
    a.store.open(busy, 'stream');
    for (let minute = 0; minute < 40; minute += 1) {
      clock.advance(MINUTE);
      a.store.touch(used);
      await a.store.sweep(clock.nowMs());
      await b.store.sweep(clock.nowMs());
    }
    expect(a.closed).toEqual([]);
    expect([(await copy(b, used)).id, (await copy(b, busy)).id]).toEqual([used.id, busy.id]);
  });

  it('goes on with what it knows when Redis is killed, and gives it back afterwards', async () => {
    const { a, b, clock } = await twoReplicas();
    const known = await a.store.create(ALICE, named('known'));
    await copy(b, known);
    await redis.kill();
    await eventually(() => {
      expect([a.client.isReady, b.client.isReady]).toEqual([false, false]);
    });
    clock.advance(10_000);
    expect(a.store.get(ALICE, known.id)).toBe(known);
    expect(await a.store.setLogLevel(known, 'debug')).toBe(true);
    expect(await a.store.attachUpstream(known, 's1', upstream('u1'))).toMatchObject({ sessionId: 'u1' });
    const alone = await a.store.create(ALICE, named('alone'));
    const unavailable = { kind: 'unavailable', code: 'gateway.sessions_unavailable' };
    await expect(async () => b.store.get(ALICE, alone.id)).rejects.toMatchObject(unavailable);
    await redis.restart();
    await eventually(() => {
      expect([a.client.isReady, b.client.isReady]).toEqual([true, true]);
    });
    await eventually(async () => {
      expect((await b.store.get(ALICE, alone.id))?.id).toBe(alone.id);
      const other = await copy(b, known);
      expect([other.logLevel, other.upstreamSessions.get('s1')?.sessionId]).toEqual(['debug', 'u1']);
    });
    // Right after, a session may be one that its replica has not given back yet.
    const unknown = 'x'.repeat(32);
    await expect(async () => b.store.get(ALICE, unknown)).rejects.toMatchObject(unavailable);
    clock.advance(5000);
    expect(await b.store.get(ALICE, unknown)).toBeUndefined();
    expect([a.closed, b.closed]).toEqual([[], []]);
  });

  it('costs nothing when Redis is frozen, and ends afterwards what was deleted meanwhile', async () => {
    const { a, b, clock } = await twoReplicas();
    const session = await a.store.create(ALICE, named('s'));
    await copy(b, session);
    redis.freeze();
    clock.advance(3000);
    for (let n = 0; n < 3; n += 1) {
      expect(await a.store.get(ALICE, session.id)).toBe(session);
      await b.store.get(ALICE, session.id);
    }
    const asked = vi.spyOn(a.client, 'within');
    expect(a.client.isReady).toBe(false);
    for (let n = 0; n < 100; n += 1) {
      clock.advance(1000);
      expect(a.store.get(ALICE, session.id)).toBe(session);
    }
    expect(asked).not.toHaveBeenCalled();
    expect(await a.store.delete(ALICE, session.id)).toBe(true);
    expect(a.store.get(ALICE, session.id)).toBeInstanceOf(Promise);
    expect([await a.store.get(ALICE, session.id), a.closed]).toEqual([undefined, ['s deleted']]);
    redis.thaw();
    await eventually(() => {
      expect([b.store.size, b.closed]).toEqual([0, ['s released']]);
    });
    expect(a.closed).toEqual(['s deleted']);
  });

  it('finds by itself what ended while it heard nothing', async () => {
    const clock = new SettableClock();
    const a = await replica(clock, 'a');
    const b = await replica(clock, 'b');
    const session = await a.store.create(ALICE, named('s'));
    await copy(b, session);
    vi.spyOn(b.store, 'heard').mockResolvedValue();
    await a.store.delete(ALICE, session.id);
    expect(b.store.size).toBe(1);
    clock.advance(3000);
    expect([await b.store.get(ALICE, session.id), b.closed]).toEqual([undefined, ['s released']]);
  });

  it('lets copies go when there are too many, and finds them again', async () => {
    const { a, b, clock } = await twoReplicas({ maxSessions: 3 });
    const sessions: ClientSession[] = [];
    for (let n = 0; n < 5; n += 1) {
      clock.advance(10);
      sessions.push(await a.store.create(ALICE, named(`s${String(n)}`)));
    }
    expect([a.store.size, a.closed]).toEqual([3, ['s0 released', 's1 released']]);
    for (const session of sessions) expect((await copy(b, session)).id).toBe(session.id);
    expect(b.store.size).toBe(3);
  });
});

async function wipe(): Promise<void> {
  const client = new RedisClient(redis.url);
  client.connect();
  await eventually(async () => {
    expect(await client.within((commands) => commands.flushAll())).toBe('OK');
  });
  client.close();
}
