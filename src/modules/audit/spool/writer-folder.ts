import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { FolderClaim } from './folder-claim.js';

const WRITER = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNFINISHED = '.new';

/** The spool of one process, from its start to the shipping of its last record. */
export interface WriterFolder {
  readonly writerId: string;
  readonly folder: string;
  readonly claim: FolderClaim;
}

/** `DATA_DIR/audit`, with a folder a writer. */
export function spoolRoot(dataDir: string): string {
  return path.join(dataDir, 'audit');
}

/** A new folder, which has its claim before it has the name that others look for. */
export function createWriterFolder(root: string, writerId: string): WriterFolder {
  const folder = path.join(root, writerId);
  const draft = folder + UNFINISHED;
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const claim = FolderClaim.write(draft);
  renameSync(draft, folder);
  return { writerId, folder, claim: claim.movedTo(folder) };
}

/** The folders of writers other than `held`. */
export function otherWriters(root: string, held: ReadonlySet<string>): string[] {
  return readdirSync(root).filter((name) => WRITER.test(name) && !held.has(name));
}

/** Takes over what a dead process left; undefined while it lives, or when another was faster. */
export function adoptWriterFolder(root: string, writerId: string, nowMs: number): WriterFolder | undefined {
  const folder = path.join(root, writerId);
  try {
    const claim = FolderClaim.take(folder, nowMs);
    return claim && { writerId, folder, claim };
  } catch (error) {
    // Shipped and removed by another in this moment.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Once all of it is shipped. */
export function removeWriterFolder({ folder }: WriterFolder): void {
  rmSync(folder, { recursive: true, force: true });
}
