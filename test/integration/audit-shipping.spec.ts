import { rmSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAccess } from '../../src/database/database-access.js';
import { PartitionJob } from '../../src/database/partition-job.js';
import { ChainSource } from '../../src/modules/audit/chain/chain-source.js';
import { type Verification, verifyChains } from '../../src/modules/audit/chain/verify.js';
import type { AuditSink } from '../../src/modules/audit/ship/audit-sink.js';
import type { PostgresSink } from '../../src/modules/audit/ship/postgres-sink.js';
import { Shipping } from '../../src/modules/audit/ship/shipping.js';
import { adoptWriterFolder } from '../../src/modules/audit/spool/writer-folder.js';
import { Sql } from '../support/sql.js';
import { SettableClock } from '../support/settable-clock.js';
import { openTestDatabase } from '../support/database.js';
import { DIGEST, SpoolFixture } from '../support/audit/spool-fixture.js';

const DAY_MS = 86_400_000;

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let access: DatabaseAccess;
/** Who owns the tables, and could change them. */
let owner: Sql;
let partitions: PartitionJob;
let fixture: SpoolFixture;
let sink: PostgresSink;

beforeAll(async () => {
  database = await openTestDatabase();
  access = database.access;
  owner = new Sql(database.urls.ownerUrl);
  partitions = new PartitionJob(access, new SettableClock());
  partitions.register({ table: 'mcp_audit_log', retentionDays: 90 });
  await partitions.ensure();
});
afterAll(async () => {
  await owner.close();
  await database.close();
});
beforeEach(() => {
  fixture = new SpoolFixture();
  sink = fixture.sink(database.urls.url);
});
afterEach(async () => {
  await sink.close();
  fixture.close();
});

interface Row {
  readonly id: string;
  readonly state: string;
  readonly action: string;
  readonly seq: string;
}

const rows = (): Promise<Row[]> =>
  access.query<Row>('SELECT id, state, action, seq FROM mcp_audit_log WHERE writer_id = $1 ORDER BY seq', [
    fixture.writer.writerId,
  ]);
const count = async (): Promise<number> => (await rows()).length;
const verify = (): Promise<Verification> =>
  verifyChains(new ChainSource((sql, parameters) => access.query(sql, parameters)), [DIGEST], {
    from: undefined,
    to: undefined,
  });

/** A record on the second line from the end has one bit another way. */
function flipped(bytes: Buffer): Buffer {
  const at = bytes.lastIndexOf(0x0a, bytes.length - 2) - 20;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

describe('the shipper', () => {
  it('makes one row of intent and outcome, and an interrupted one of an intent alone', async () => {
    const answered = await fixture.calls(3);
    const [open] = await fixture.intents(1);
    await fixture.shipper(sink).finish();
    expect(await rows()).toEqual([
      ...answered.map((id, i) => ({ id, state: 'completed', action: 'tools/call', seq: String(i + 1) })),
      { id: open, state: 'interrupted', action: 'tools/call', seq: '4' },
    ]);
    expect(fixture.anchors.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['start', 0],
      ['final', 4],
    ]);
    expect((await verify()).breaks).toEqual([]);
  });

  it('stores what a caller may write where PostgreSQL refuses it', async () => {
    await fixture.end(fixture.begin(fixture.nowMs, `nul \u0000, half \ud800 and ${'x'.repeat(2000)}`));
    await fixture.shipper(sink).finish();
    expect(await count()).toBe(1);
    expect((await verify()).breaks).toEqual([]);
  });

  it('frees segments that are in the table, and remembers calls that run longer', async () => {
    fixture.close();
    fixture = new SpoolFixture(1024 * 1024);
    const [slow = ''] = await fixture.intents(1);
    const shipper = fixture.shipper(sink);
    for (let i = 0; i < 4; i += 1) {
      await fixture.calls(400);
      while (!(await shipper.step()).atEnd);
    }
    expect(shipper.freedBytes).toBeGreaterThan(200_000);
    await fixture.end(slow);
    shipper.close();
    // As after a crash: another one starts from what is on disk.
    await fixture.shipper(sink).finish();
    expect(await count()).toBe(1601);
    expect((await rows()).at(-1)).toMatchObject({ id: slow, state: 'completed' });
  });

  it('remembers a call whose outcome is read ahead and not in the table when the process dies', async () => {
    fixture.close();
    fixture = new SpoolFixture(2 * 1024 * 1024);
    const [slow = ''] = await fixture.intents(1);
    for (let i = 0; i < 10; i += 1) await fixture.calls(250);
    await fixture.end(slow);
    const shipper = fixture.shipper(sink);
    await shipper.step();
    expect(shipper.freedBytes).toBeGreaterThan(0);
    expect(await count()).toBeLessThan(2501);
    shipper.close();
    await fixture.shipper(sink).finish();
    expect(await count()).toBe(2501);
    expect((await rows()).at(-1)).toMatchObject({ id: slow, state: 'completed' });
    expect((await verify()).breaks).toEqual([]);
  });

  it.each([
    ['before', false],
    ['after', true],
  ])('appends every row once when a batch failed %s its commit and the next was read', async (_when, commits) => {
    let failures = 0;
    const failing: AuditSink = {
      chainEnd: (writerId) => sink.chainEnd(writerId),
      present: (intents) => sink.present(intents),
      append: async (batch, anchors) => {
        const fails = failures === 0;
        if (!fails || commits) await sink.append(batch, anchors);
        if (!fails) return;
        failures += 1;
        throw new Error('the connection is gone');
      },
    };
    await fixture.calls(4500);
    const shipper = fixture.shipper(failing);
    await expect(shipper.step()).rejects.toThrow('gone');
    await shipper.finish();
    expect((await rows()).map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 4500 }, (_, i) => i + 1));
    expect((await verify()).breaks).toEqual([]);
  });

  it.each([
    ['its checkpoint', true],
    ['no checkpoint', false],
  ])('appends nothing twice when it died between commit and checkpoint: %s', async (_what, keeps) => {
    await fixture.calls(5);
    const [open] = await fixture.intents(1);
    const first = fixture.shipper(sink);
    await first.step();
    first.close();
    if (!keeps) rmSync(path.join(fixture.writer.folder, 'checkpoint.json'));
    await fixture.calls(2);
    await fixture.shipper(sink).finish();
    expect((await rows()).map(({ seq }) => seq)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect((await rows()).at(-1)).toMatchObject({ id: open, state: 'interrupted' });
    expect((await verify()).breaks).toEqual([]);
  });

  it('does not interrupt anew what another adopter had interrupted before it died', async () => {
    await fixture.calls(1);
    await fixture.intents(2);
    await fixture.shipper(sink).finish();
    await fixture.shipper(sink).finish();
    expect(await count()).toBe(3);
    expect((await verify()).breaks).toEqual([]);
  });

  it('says that the last record was torn, and ships those before it', async () => {
    await fixture.calls(3);
    fixture.damage((bytes) => bytes.subarray(0, bytes.length - 7));
    await fixture.shipper(sink).finish();
    expect((await rows()).map(({ state }) => state)).toEqual(['completed', 'completed', 'interrupted']);
    expect(fixture.said.join()).toContain('cut off');
  });

  it('says that a record was changed, puts that on record, and ships the others', async () => {
    await fixture.calls(3);
    fixture.damage(flipped);
    const shipper = fixture.shipper(sink);
    await shipper.finish();
    expect((await rows()).map(({ action, state }) => [action, state])).toEqual([
      ['tools/call', 'completed'],
      ['audit.damaged', 'completed'],
      ['tools/call', 'completed'],
      ['tools/call', 'interrupted'],
    ]);
    expect(shipper.damaged).toBe(1);
    expect(fixture.said.join()).toContain('not what was written');
    expect((await verify()).breaks).toEqual([]);
  });

  it('has partitions made for days that have none', async () => {
    const old = Date.now() - 30 * DAY_MS;
    await sink.close();
    sink = fixture.sink(database.urls.url, () => partitions.createFor('mcp_audit_log', new Date(old)));
    await fixture.calls(2, old);
    await fixture.shipper(sink).finish();
    expect(await count()).toBe(2);
  });

  it('puts calls without a record on record as a number', async () => {
    for (let i = 0; i < 7; i += 1) fixture.spool.lose(fixture.nowMs);
    await fixture.calls(1);
    await fixture.shipper(sink).finish();
    const [gap] = await access.query<{ arguments: object; error_code: string }>(
      `SELECT arguments, error_code FROM mcp_audit_log WHERE writer_id = $1 AND action = 'audit.gap'`,
      [fixture.writer.writerId],
    );
    expect(gap).toMatchObject({ arguments: { calls: 7 }, error_code: 'audit.spool_full' });
  });

  it('writes an anchor every hour in which there were calls', async () => {
    const shipper = fixture.shipper(sink);
    for (let hour = 0; hour < 2; hour += 1) {
      await fixture.calls(1);
      await shipper.step();
      fixture.nowMs += 3_600_000;
      await shipper.step();
      await shipper.step();
    }
    expect(fixture.anchors.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['start', 0],
      ['hourly', 1],
      ['hourly', 2],
    ]);
  });
});

const shipping = (own: SpoolFixture): Shipping =>
  new Shipping({
    root: fixture.root,
    own: own.writer,
    sink,
    digest: DIGEST,
    nowMs: () => fixture.nowMs,
    report: (_level, message) => void fixture.said.push(message),
    figures: () => undefined,
    pause: () => turn(),
  });

const tamper = async (sql: string): Promise<void> => {
  await owner.rows(sql.replaceAll('$writer', `'${fixture.writer.writerId}'`));
};

describe('spools of other processes', () => {
  it('are left alone while their process lives, and shipped and removed when it is dead', async () => {
    const own = new SpoolFixture();
    await fixture.calls(2);
    expect(adoptWriterFolder(fixture.root, fixture.writer.writerId, fixture.nowMs)).toBeUndefined();
    const first = shipping(own);
    first.finishBy(fixture.nowMs + 5000);
    expect(await first.run()).toBe(true);
    expect([await count(), fixture.hasFolder]).toEqual([0, true]);

    // What a dead process leaves is a claim that nobody answers to, or none.
    fixture.writer.claim.release();
    const ownAgain = new SpoolFixture();
    const second = shipping(ownAgain);
    const adopted = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (fixture.hasFolder) return;
        clearInterval(look);
        second.finishBy(fixture.nowMs + 5000);
        resolve();
      }, 10);
    });
    const [complete] = await Promise.all([second.run(), adopted]);
    expect([complete, await count(), fixture.hasFolder]).toEqual([true, 2, false]);
    own.close();
    ownAgain.close();
  });
});

const undoable = async (sql: string): Promise<Verification['breaks']> => {
  await owner.rows('CREATE TABLE untouched AS SELECT * FROM mcp_audit_log');
  try {
    await tamper(sql);
    return (await verify()).breaks;
  } finally {
    await owner.rows('TRUNCATE mcp_audit_log');
    await owner.rows('INSERT INTO mcp_audit_log SELECT * FROM untouched');
    await owner.rows('DROP TABLE untouched');
  }
};

describe('verification', () => {
  beforeEach(async () => {
    await fixture.calls(6);
    await fixture.shipper(sink).finish();
  });

  it.each([
    ['a change', `UPDATE mcp_audit_log SET user_id = 'bob' WHERE writer_id = $writer AND seq = 3`, 'changed', 3],
    [
      'a change of arguments',
      `UPDATE mcp_audit_log SET arguments = '{}' WHERE writer_id = $writer AND seq = 2`,
      'changed',
      2,
    ],
    ['a deletion', 'DELETE FROM mcp_audit_log WHERE writer_id = $writer AND seq = 4', 'missing', 4],
    ['the first record gone', 'DELETE FROM mcp_audit_log WHERE writer_id = $writer AND seq = 1', 'missing', 1],
    ['truncation', 'DELETE FROM mcp_audit_log WHERE writer_id = $writer AND seq >= 5', 'missing', 5],
    ['a whole writer gone', 'DELETE FROM mcp_audit_log WHERE writer_id = $writer', 'missing', 1],
    [
      'reordering',
      'UPDATE mcp_audit_log SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE writer_id = $writer AND seq IN (2, 3)',
      'changed',
      2,
    ],
    [
      'deletion with the numbers closed up',
      'DELETE FROM mcp_audit_log WHERE writer_id = $writer AND seq = 2; UPDATE mcp_audit_log SET seq = seq - 1 WHERE writer_id = $writer AND seq > 2',
      'changed',
      2,
    ],
    [
      'an insertion',
      `INSERT INTO mcp_audit_log SELECT * FROM (SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).* FROM mcp_audit_log l WHERE writer_id = $writer AND seq = 6) AS copy`,
      'changed',
      6,
    ],
  ])('finds %s', async (_what, sql, kind, seq) => {
    const breaks = await undoable(sql);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]).toMatchObject({ kind, seq, writerId: fixture.writer.writerId });
  });

  it('finds records in no chain', async () => {
    const breaks =
      await undoable(`INSERT INTO mcp_audit_log (timestamp, id, tenant_id, user_id, principal_kind, action, state)
      VALUES (now(), gen_random_uuid(), 'local', 'x', 'user', 'tools/call', 'completed')`);
    expect(breaks).toMatchObject([{ kind: 'unanchored' }]);
  });

  it.each([
    ['changed', 'UPDATE audit_anchors SET seq = seq + 1 WHERE id = 1', 'anchor_changed', 1],
    ['removed', 'DELETE FROM audit_anchors WHERE id = 2', 'anchor_missing', 2],
  ])('finds an anchor that was %s', async (_what, sql, kind, seq) => {
    await owner.rows('CREATE TABLE untouched AS SELECT * FROM audit_anchors');
    await owner.rows(sql);
    const { breaks } = await verify();
    await owner.rows('TRUNCATE audit_anchors');
    await owner.rows('INSERT INTO audit_anchors SELECT * FROM untouched');
    await owner.rows('DROP TABLE untouched');
    expect(breaks).toContainEqual(expect.objectContaining({ kind, seq }));
  });
});
