import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAccess } from '../../src/database/database-access.js';
import { PartitionJob } from '../../src/database/partition-job.js';
import { Clock } from '../../src/kernel/clock.js';
import { openTestDatabase } from '../support/database.js';

class FixedClock extends Clock {
  constructor(public date = new Date('2026-11-23T23:59:00Z')) {
    super();
  }
  now(): Date {
    return this.date;
  }
}

describe('daily partitions', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let access: DatabaseAccess;
  let clock: FixedClock;
  beforeEach(async () => {
    database = await openTestDatabase();
    ({ access } = database);
    clock = new FixedClock();
  });
  afterEach(() => database.close());

  const job = (table: { beforeDrop?: () => Promise<void> } = {}): PartitionJob => {
    const made = new PartitionJob(access, clock);
    made.register({ table: 'health_checks', retentionDays: 7, ...table });
    return made;
  };
  const partitions = async (): Promise<string[]> => {
    const rows = await access.query<{ name: string }>(
      `SELECT relid::regclass::text AS name FROM pg_partition_tree('health_checks') WHERE level = 1 ORDER BY 1`,
    );
    return rows.map((row) => row.name);
  };
  const insertAt = (at: string): Promise<unknown> =>
    access.query(
      `INSERT INTO health_checks (checked_at, id, tenant_id, server_id, status) VALUES ($1, gen_random_uuid(), 't', gen_random_uuid(), 'healthy')`,
      [at],
    );

  it('are there from yesterday to a week ahead, also when two processes make them at once', async () => {
    await Promise.all([job().ensure(), job().ensure()]);
    const names = await partitions();
    expect(names[0]).toBe('health_checks_20261122');
    expect(names).toHaveLength(9);
    await insertAt('2026-11-23T23:59:59.999Z');
    await insertAt('2026-11-24T00:00:00Z');
  });

  it('are made on demand for a late record', async () => {
    await job().ensure();
    await expect(insertAt('2026-01-01T10:00:00Z')).rejects.toThrow(/no partition/);
    await job().createFor('health_checks', new Date('2026-01-01T10:00:00Z'));
    await insertAt('2026-01-01T10:00:00Z');
  });

  it('go with retention, after what must happen before', async () => {
    const dropped: string[] = [];
    const first = job();
    await first.ensure();
    clock.date = new Date('2026-12-02T00:01:00Z');
    const second = job({ beforeDrop: () => Promise.resolve(void dropped.push('told')) });
    expect(await second.dropExpired()).toEqual([
      'health_checks_20261122',
      'health_checks_20261123',
      'health_checks_20261124',
    ]);
    expect(dropped).toHaveLength(3);
  });

  it('stay when what must happen before fails', async () => {
    await job().ensure();
    clock.date = new Date('2027-01-01T00:00:00Z');
    const before = await partitions();
    const failing = job({ beforeDrop: () => Promise.reject(new Error('not yet')) });
    failing.register({ table: 'request_logs', retentionDays: 7 });
    await failing.createFor('request_logs', new Date('2026-12-01T00:00:00Z'));
    expect(await failing.dropExpired()).toContain('request_logs_20261201');
    expect(await partitions()).toEqual(before);
  });

  it('are dropped by one of two processes that do it at once, and by the other without harm', async () => {
    await job().ensure();
    clock.date = new Date('2026-12-02T00:01:00Z');
    await Promise.all([job().dropExpired(), job().dropExpired()]);
    expect((await partitions())[0]).toBe('health_checks_20261125');
  });
});
