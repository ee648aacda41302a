import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SegmentFiles, segmentFiles } from './segment-files.js';
import { Spool, type SpoolOptions } from './spool.js';
import { parseLine, type SpooledIntent, type SpoolRecord } from './spool-record.js';

type Done = (error: string | undefined) => void;

const MIB = 1024 * 1024;
let folder: string;
let folderFd: number;
/** Syncs that the disk has not answered yet. */
let syncs: Done[];
let reports: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mrg-spool-'));
  folderFd = openSync(folder, 'r');
  syncs = [];
  reports = [];
});
afterEach(() => {
  vi.useRealTimers();
  closeSync(folderFd);
  rmSync(folder, { recursive: true });
});

function spoolOf(options: Partial<SpoolOptions> = {}): Spool {
  return new Spool({
    folder,
    folderFd,
    durability: 'fsync',
    limitBytes: MIB,
    files: segmentFiles,
    syncer: { sync: (_files, _folder, done) => void syncs.push(done), close: () => Promise.resolve() },
    report: (_level, message) => void reports.push(message),
    ...options,
  });
}

function begin(spool: Spool, id: string, action = 'tools/call'): void {
  const intent: Omit<SpooledIntent, 'kind'> = {
    id,
    atMs: 1,
    tenantId: 't',
    userId: 'u',
    principalKind: 'user',
    clientId: null,
    action,
    serverId: null,
    serverName: null,
    toolName: 'a\nb',
    definitionHash: null,
    argumentsHash: null,
    arguments: null,
    requestBytes: 1,
    clientIp: null,
    correlationId: null,
    era: null,
  };
  spool.begin(intent);
}

/** Whether the answer may leave. */
function end(spool: Spool, id: string): { readonly left: boolean } {
  const answer = { left: false };
  void spool.end(id, 1, { success: true }).then(() => (answer.left = true));
  return answer;
}

function records(): (SpoolRecord | undefined)[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split('\n').slice(0, -1))
    .map(parseLine);
}

describe('the durability of an outcome', () => {
  it('is one sync for all calls in flight, and none of their answers leaves before it', async () => {
    const spool = spoolOf();
    begin(spool, 'a');
    begin(spool, 'b');
    const [a, b] = [end(spool, 'a'), end(spool, 'b')];
    await turn();
    expect(records()).toMatchObject([
      { kind: 'intent', id: 'a', toolName: 'a\nb' },
      { kind: 'intent', id: 'b' },
      { kind: 'outcome', id: 'a', seq: 1 },
      { kind: 'outcome', id: 'b', seq: 2 },
    ]);
    expect(syncs).toHaveLength(1);
    await turn();
    expect([a.left, b.left]).toEqual([false, false]);
    syncs[0]?.(undefined);
    await turn();
    expect([a.left, b.left]).toEqual([true, true]);
  });

  it('waits 2 ms at most for a call that is still running', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const spool = spoolOf();
    begin(spool, 'slow');
    begin(spool, 'a');
    end(spool, 'a');
    await turn();
    expect(syncs).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(syncs).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(syncs).toHaveLength(1);
  });

  it('has no spacing: outcomes that came during a sync are synced right after it', async () => {
    const spool = spoolOf();
    begin(spool, 'a');
    end(spool, 'a');
    await turn();
    begin(spool, 'b');
    const b = end(spool, 'b');
    await turn();
    expect(syncs).toHaveLength(1);
    syncs[0]?.(undefined);
    expect(syncs).toHaveLength(2);
    await turn();
    expect(b.left).toBe(false);
    syncs[1]?.(undefined);
    await turn();
    expect(b.left).toBe(true);
  });

  it('is write(2) with os, and nothing with memory', async () => {
    const os = spoolOf({ durability: 'os' });
    begin(os, 'a');
    const a = end(os, 'a');
    await Promise.resolve();
    expect([a.left, records()]).toEqual([false, []]);
    await turn();
    expect([a.left, records().length, syncs.length]).toEqual([true, 2, 0]);

    const memory = spoolOf({ durability: 'memory' });
    begin(memory, 'b');
    const b = end(memory, 'b');
    await Promise.resolve();
    expect(b.left).toBe(true);
    await memory.close();
  });

  it('does not hold answers for a disk that hangs, and says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const spool = spoolOf();
    begin(spool, 'a');
    const a = end(spool, 'a');
    await turn();
    vi.advanceTimersByTime(10_000);
    begin(spool, 'b');
    const b = end(spool, 'b');
    await turn();
    expect([a.left, b.left]).toEqual([true, true]);
    expect(spool.syncFault).toContain('10 s');
    syncs[0]?.(undefined);
    expect(spool.syncFault).toBeUndefined();
  });

  it('says what a failed sync said', async () => {
    const spool = spoolOf();
    begin(spool, 'a');
    const a = end(spool, 'a');
    await turn();
    syncs[0]?.('EIO: i/o error');
    await turn();
    expect([a.left, spool.syncFault, reports.length]).toEqual([true, 'EIO: i/o error', 1]);
  });
});

/** A disk with room for so many bytes more. */
class SmallDisk implements SegmentFiles {
  constructor(public room: number) {}
  open(file: string): number {
    return segmentFiles.open(file);
  }
  write(fd: number, bytes: Buffer, offset: number): number {
    const taken = Math.min(this.room, bytes.length - offset);
    if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    segmentFiles.write(fd, bytes.subarray(0, offset + taken), offset);
    this.room -= taken;
    return taken;
  }
  truncate(fd: number, sizeBytes: number): void {
    segmentFiles.truncate(fd, sizeBytes);
  }
  close(fd: number): void {
    segmentFiles.close(fd);
  }
}

describe('a disk that is full', () => {
  it('keeps running calls in memory, lets their answers go, and is written to when there is room again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const disk = new SmallDisk(200);
    const spool = spoolOf({ files: disk });
    begin(spool, 'a');
    begin(spool, 'b');
    await turn();
    expect(spool.fullness).toBe('disk');
    const answers = [end(spool, 'a'), end(spool, 'b')];
    await turn();
    expect(answers.map(({ left }) => left)).toEqual([true, true]);
    for (let i = 0; i < 3; i += 1) spool.lose(100 + i);

    vi.advanceTimersByTime(250);
    expect(spool.fullness).toBe('disk');
    disk.room = MIB;
    vi.advanceTimersByTime(250);
    await turn();
    expect(spool.fullness).toBeUndefined();
    expect(records()).toMatchObject([
      { kind: 'intent', id: 'a' },
      { kind: 'intent', id: 'b' },
      { kind: 'outcome', id: 'a', seq: 1 },
      { kind: 'outcome', id: 'b', seq: 2 },
      { kind: 'gap', seq: 3, calls: 3, fromMs: 100, toMs: 102 },
    ]);
    expect(spool.lost).toBe(3);
    expect(reports).toHaveLength(2);
  });
});

describe('the limit', () => {
  it('closes the spool for new calls, takes outcomes, and opens it when enough is shipped', async () => {
    const spool = spoolOf({ durability: 'os' });
    begin(spool, 'big', 'x'.repeat(MIB));
    await turn();
    expect(spool.fullness).toBe('limit');
    expect(end(spool, 'big').left).toBe(false);
    await turn();
    expect(records()).toHaveLength(2);
    spool.lose(5);
    spool.shipped(MIB / 20, 0);
    expect(spool.fullness).toBe('limit');
    spool.shipped(MIB, 0);
    expect(spool.fullness).toBeUndefined();
    await turn();
    expect(records().at(-1)).toMatchObject({ kind: 'gap', calls: 1 });
  });

  it('counts what dead writers left', async () => {
    const spool = spoolOf({ durability: 'os' });
    spool.shipped(0, MIB);
    expect(spool.fullness).toBe('limit');
    spool.shipped(0, 0);
    expect(spool.fullness).toBeUndefined();
  });
});

it('writes segments of an eighth of the limit, and closes those that are synced', async () => {
  const closed = vi.fn<(fd: number) => void>();
  const files = { ...segmentFiles, close: closed.mockImplementation((fd) => segmentFiles.close(fd)) };
  const spool = spoolOf({ files });
  for (let i = 0; i < 4; i += 1) {
    begin(spool, `id${String(i)}`, 'x'.repeat(MIB / 8));
    end(spool, `id${String(i)}`);
    await turn();
    syncs.pop()?.(undefined);
  }
  expect(readdirSync(folder).toSorted()).toEqual(['00000001.log', '00000002.log', '00000003.log', '00000004.log']);
  expect(closed).toHaveBeenCalledTimes(3);
  await spool.close();
  expect(closed).toHaveBeenCalledTimes(4);
});
