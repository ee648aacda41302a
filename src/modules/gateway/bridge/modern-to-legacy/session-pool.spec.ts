import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../kernel/app-error.js';
import { LOCAL_ADMINISTRATOR } from '../../../../kernel/principal.js';
import { SettableClock } from '../../../../../test/support/settable-clock.js';
import { Readiness } from '../../../monitoring/index.js';
import type { RoutedServer } from '../../catalogue/routed-server.js';
import type { RouteChange, RouteTable } from '../../catalogue/route-table.js';
import type { UpstreamSession } from '../../sessions/client-session.js';
import type { SessionOpener } from '../../sessions/session-opener.js';
import { POOL_LIMITS, type PoolLimits } from './bridge-limits.js';
import type { SessionEar } from './session-ear.js';
import { SessionPool, type SessionWish } from './session-pool.js';

const ASKS = { elicitation: {} };
const call = { hear: (): void => undefined };

function setUp(limits: Partial<PoolLimits> = {}) {
  const clock = new SettableClock();
  const ended: unknown[] = [];
  let opened = 0;
  let url = 'http://a/mcp';
  let changed: ((change: RouteChange) => void) | undefined;
  const opener = {
    open: (): Promise<UpstreamSession> => {
      opened += 1;
      return Promise.resolve({ url, sessionId: String(opened), protocolVersion: '2025-11-25', capabilities: {} });
    },
    end: (_server: RoutedServer, { sessionId }: UpstreamSession): Promise<void> => {
      ended.push(sessionId);
      return Promise.resolve();
    },
    tellLevel: () => Promise.resolve(),
  };
  const server = (id: string): RoutedServer => ({ id, url }) as RoutedServer;
  const routes = {
    onChange: (listener: typeof changed) => (changed = listener),
    byId: (_scope: unknown, id: string) => server(id),
  };
  const pool = new SessionPool(
    opener as unknown as SessionOpener,
    { listen: () => Promise.resolve() } as unknown as SessionEar,
    routes as unknown as RouteTable,
    clock,
    new Readiness(),
    { ...POOL_LIMITS, ...limits },
  );
  const wish = (given: { subject?: string; server?: string; asks?: boolean; logs?: boolean } = {}): SessionWish => ({
    principal: { ...LOCAL_ADMINISTRATOR, subject: given.subject ?? 'ada' },
    server: server(given.server ?? 's'),
    client: { capabilities: given.asks === true ? ASKS : {}, clientInfo: {} },
    wantsLogs: given.logs ?? false,
  });
  return {
    pool,
    clock,
    ended,
    opened: () => opened,
    wish,
    move: () => {
      url = 'http://b/mcp';
      changed?.({ tenantId: 'local', shared: false, serverId: 's', kind: 'server' });
    },
  };
}

const refused = async (acquiring: Promise<unknown>): Promise<unknown> =>
  acquiring.then(
    () => 'acquired',
    (error: unknown) => (error instanceof AppError ? [error.kind, error.code, error.retryAfterSeconds] : error),
  );
const EXHAUSTED = ['unavailable', 'gateway.upstream_sessions_exhausted', 5];

describe('SessionPool', () => {
  it('shares a session among calls that run at once, under ids of their own', async () => {
    const { pool, wish, opened } = setUp();
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire(wish(), call)));
    expect(opened()).toBe(1);
    expect(leases.map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  it.each([
    ['principals', { subject: 'ada' }, { subject: 'bob' }],
    ['servers', { server: 's' }, { server: 't' }],
    ['capabilities', { asks: true }, {}],
  ])('shares nothing between %s', async (_what, one, other) => {
    const { pool, wish, opened } = setUp();
    (await pool.acquire(wish(one), call)).release('reusable');
    (await pool.acquire(wish(other), call)).release('reusable');
    expect(opened()).toBe(2);
  });

  it.each([{ asks: true }, { logs: true }])(
    'gives a session to one call at a time for a client with %j',
    async (given) => {
      const { pool, wish, opened } = setUp();
      const [first, second] = await Promise.all([pool.acquire(wish(given), call), pool.acquire(wish(given), call)]);
      expect(first.session).not.toBe(second.session);
      first.release('reusable');
      const third = await pool.acquire(wish(given), call);
      expect([third.session, opened()]).toEqual([first.session, 2]);
    },
  );

  it('does not go on with a session on which a call broke off, nor with one that was forgotten', async () => {
    const { pool, wish, ended } = setUp();
    (await pool.acquire(wish({ asks: true }), call)).release('broken');
    (await pool.acquire(wish(), call)).release('forgotten');
    expect([pool.size, ended]).toEqual([0, ['1']]);
    (await pool.acquire(wish(), call)).release('broken');
    expect(pool.size).toBe(1);
  });

  it('refuses more than its bounds, and ends what is idle longest before it does', async () => {
    const { pool, wish, ended } = setUp({ maxPerKey: 2, maxPerPrincipal: 3, maxSessions: 4 });
    const [one] = await Promise.all([
      pool.acquire(wish({ asks: true }), call),
      pool.acquire(wish({ asks: true }), call),
    ]);
    expect(await refused(pool.acquire(wish({ asks: true }), call))).toEqual(EXHAUSTED);
    const idle = await pool.acquire(wish({ server: 't' }), call);
    idle.release('reusable');
    await pool.acquire(wish({ server: 'u' }), call);
    expect(ended).toEqual(['3']);
    expect(await refused(pool.acquire(wish({ server: 'v' }), call))).toEqual(EXHAUSTED);
    await pool.acquire(wish({ subject: 'bob' }), call);
    expect(await refused(pool.acquire(wish({ subject: 'eve' }), call))).toEqual(EXHAUSTED);
    one.release('reusable');
    expect(await refused(pool.acquire(wish({ subject: 'eve' }), call))).toBe('acquired');
    expect(pool.size).toBe(4);
  });

  it('ends what nobody used for five minutes', async () => {
    const { pool, wish, clock, ended } = setUp();
    const held = await pool.acquire(wish({ asks: true }), call);
    (await pool.acquire(wish(), call)).release('reusable');
    clock.advance(POOL_LIMITS.idleMs);
    pool.sweep();
    expect([ended, pool.size]).toEqual([['2'], 1]);
    held.release('reusable');
    clock.advance(POOL_LIMITS.idleMs);
    pool.sweep();
    expect(pool.size).toBe(0);
  });

  it('leaves a server that moved: at once where nothing runs, then when it ends', async () => {
    const { pool, wish, ended, move } = setUp();
    const held = await pool.acquire(wish({ asks: true }), call);
    (await pool.acquire(wish(), call)).release('reusable');
    move();
    expect(ended).toEqual(['2']);
    held.release('reusable');
    expect([ended, pool.size]).toEqual([['2', '1'], 0]);
  });
});
