import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { KeyedDigest } from '../../../src/modules/audit/arguments/keyed-digest.js';
import type { NumberedAnchor } from '../../../src/modules/audit/chain/anchors.js';
import type { AuditSink } from '../../../src/modules/audit/ship/audit-sink.js';
import { FolderShipper } from '../../../src/modules/audit/ship/folder-shipper.js';
import { PostgresSink } from '../../../src/modules/audit/ship/postgres-sink.js';
import { segmentFiles, segmentPath } from '../../../src/modules/audit/spool/segment-files.js';
import { Spool } from '../../../src/modules/audit/spool/spool.js';
import { createWriterFolder, spoolRoot, type WriterFolder } from '../../../src/modules/audit/spool/writer-folder.js';
import { uuidv7 } from '../../../src/kernel/uuid.js';

export const DIGEST = new KeyedDigest(Buffer.alloc(32, 7));

/** A spool of a writer that a test plays, on a folder of its own. */
export class SpoolFixture {
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'mrg-audit-'));
  readonly root = spoolRoot(this.dataDir);
  readonly writer: WriterFolder = createWriterFolder(this.root, uuidv7());
  readonly spool: Spool;
  readonly said: string[] = [];
  readonly anchors: NumberedAnchor[] = [];
  nowMs = Date.now();

  constructor(limitBytes = 64 * 1024 * 1024) {
    this.spool = new Spool({
      folder: this.writer.folder,
      folderFd: openSync(this.writer.folder, 'r'),
      durability: 'os',
      limitBytes,
      files: segmentFiles,
      syncer: { sync: () => undefined, close: () => Promise.resolve() },
      report: (_level, message) => void this.said.push(message),
    });
  }

  /** A call's intent. @returns its id. */
  begin(atMs = this.nowMs, toolName = 'echo'): string {
    const id = uuidv7();
    this.spool.begin({
      id,
      atMs,
      tenantId: 'local',
      userId: 'ann',
      principalKind: 'user',
      clientId: null,
      action: 'tools/call',
      serverId: null,
      serverName: 'everything',
      toolName,
      definitionHash: null,
      argumentsHash: 'ab',
      arguments: { b: 1.5, a: ['x'] },
      requestBytes: 10,
      clientIp: '127.0.0.1',
      correlationId: 'same',
      era: 'modern',
    });
    return id;
  }

  async end(id: string): Promise<void> {
    await this.spool.end(id, 1.234, { success: true, responseBytes: 20 });
  }

  /** Calls that were answered. @returns their ids. */
  async calls(count: number, atMs = this.nowMs): Promise<string[]> {
    const ids = Array.from({ length: count }, () => this.begin(atMs));
    await Promise.all(ids.map((id) => this.end(id)));
    return ids;
  }

  async intents(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => this.begin());
    await turn();
    return ids;
  }

  sink(url: string, createPartitions: () => Promise<void> = () => Promise.resolve()): PostgresSink {
    return new PostgresSink({
      url,
      digest: DIGEST,
      createPartitions,
      anchored: (anchor) => void this.anchors.push(anchor),
    });
  }

  shipper(sink: AuditSink, writer = this.writer): FolderShipper {
    return new FolderShipper({
      writer,
      sink,
      digest: DIGEST,
      nowMs: () => this.nowMs,
      report: (_level, message) => void this.said.push(message),
    });
  }

  /** Changes the bytes of the first segment behind the service's back. */
  damage(change: (bytes: Buffer) => Buffer): void {
    const file = segmentPath(this.writer.folder, 1);
    writeFileSync(file, change(readFileSync(file)));
  }

  get hasFolder(): boolean {
    return existsSync(this.writer.folder);
  }

  close(): void {
    rmSync(this.dataDir, { recursive: true });
  }
}
