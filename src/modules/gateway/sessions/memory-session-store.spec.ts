import { describe, expect, it } from 'vitest';
import {
  behavesAsSessionStore,
  BOB,
  type MakeStore,
  MINUTE,
  setUpStore,
} from '../../../../test/support/session-store-behaviour.js';
import { MemorySessionStore } from './memory-session-store.js';

const make: MakeStore = (clock, limits) => new MemorySessionStore(clock, limits);

describe('MemorySessionStore', () => {
  behavesAsSessionStore(make);

  it('never closes another principal’s session when the replica is full', async () => {
    const { create, closed, store } = await setUpStore(make, { maxSessions: 2 });
    await create('a');
    await create('b');
    await expect(create('x', BOB)).rejects.toThrow(/no room/);
    await create('c');
    expect([closed, store.size]).toEqual([['a evicted'], 2]);
  });

  it('takes what has expired first', async () => {
    const { clock, create, closed } = await setUpStore(make, { maxSessions: 2 });
    await create('a');
    clock.advance(29 * MINUTE);
    await create('b');
    clock.advance(2 * MINUTE);
    await create('x', BOB);
    expect(closed).toEqual(['a expired']);
  });

  it('closes all at shutdown, the busy ones too', async () => {
    const { store, create, closed } = await setUpStore(make);
    store.open(await create('a'), 'call');
    await create('b', BOB);
    await store.closeAll();
    expect([store.size, closed]).toEqual([0, ['a shutdown', 'b shutdown']]);
  });
});
