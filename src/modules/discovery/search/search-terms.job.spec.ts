import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueChangeRecord, ChangeFeed, ChangeListener } from '../../../database/change-feed.js';
import type { DatabaseAccess } from '../../../database/database-access.js';
import { SystemClock } from '../../../kernel/clock.js';
import { SearchTermsJob } from './search-terms.job.js';
import type { SearchTermsRepository } from './search-terms.repository.js';

const change = (kind: CatalogueChangeRecord['kind']): CatalogueChangeRecord => ({ tenantId: 't', serverId: 's', kind });

function setUp(isOpen = true) {
  const listeners: ChangeListener[] = [];
  let counted = 0;
  let fail = false;
  const job = new SearchTermsJob(
    { isOpen } as DatabaseAccess,
    { listen: (listener: ChangeListener) => listeners.push(listener) } as unknown as ChangeFeed,
    new SystemClock(),
    {
      refresh: () => {
        counted += 1;
        return fail ? Promise.reject(new Error('gone')) : Promise.resolve(true);
      },
    } as unknown as SearchTermsRepository,
  );
  job.onModuleInit();
  return { job, listener: listeners[0]!, counted: () => counted, failing: () => (fail = true) };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('SearchTermsJob', () => {
  it('counts once after a burst of changes, and then not too often', async () => {
    const { listener, counted } = setUp();
    for (let i = 0; i < 100; i += 1) await listener.onChanges([change('children')]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(counted()).toBe(1);
    await listener.onReset();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(counted()).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(counted()).toBe(2);
  });

  it('does not count for health, nor while the database is closed, nor after the end', async () => {
    const { listener, counted } = setUp();
    await listener.onChanges([change('health')]);
    await vi.advanceTimersByTimeAsync(60_000);
    const closed = setUp(false);
    await closed.job.run();
    const stopped = setUp();
    await stopped.listener.onChanges([change('server')]);
    await stopped.job.onApplicationShutdown();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([counted(), closed.counted(), stopped.counted()]).toEqual([0, 0, 0]);
  });

  it('survives a failure', async () => {
    const { job, counted, failing } = setUp();
    failing();
    await job.run();
    await job.run();
    expect(counted()).toBe(2);
  });
});
