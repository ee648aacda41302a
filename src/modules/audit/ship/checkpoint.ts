import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SpooledIntent } from '../spool/spool-record.js';
import type { ChainEnd } from './audit-sink.js';

const FILE = 'checkpoint.json';

/**
 * How far a folder is shipped, written after the commit. One that is behind does no harm: the database is asked
 * which rows it has. `carried` are intents without an outcome from segments that are gone.
 */
export interface Checkpoint {
  readonly segment: number;
  readonly end: ChainEnd;
  readonly carried: readonly SpooledIntent[];
}

export function writeCheckpoint(folder: string, { segment, end, carried }: Checkpoint): void {
  const file = path.join(folder, FILE);
  const text = JSON.stringify({ segment, seq: end.seq, chainHash: end.chainHash, carried });
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: carried.length > 0 });
  renameSync(`${file}.new`, file);
}

/** @returns undefined when there is none that can be read: then everything is read again. */
export function readCheckpoint(folder: string): Checkpoint | undefined {
  try {
    const read = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as {
      readonly segment: number;
      readonly seq: number;
      readonly chainHash: string;
      readonly carried: readonly SpooledIntent[];
    };
    const end = { seq: read.seq, chainHash: read.chainHash };
    return { segment: read.segment, end, carried: read.carried };
  } catch {
    return undefined;
  }
}
