import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { identityOf, UNKNOWN_IDENTITY } from '../../../database/embedded/process-identity.js';

const SUFFIX = '.claim';
/** How often a holder says that it lives. */
export const HEARTBEAT_MS = 10_000;
/** A claim of another machine or container that was silent for this long is a dead process'. */
const SILENT_MS = 6 * HEARTBEAT_MS;

/**
 * A process' hold on a spool folder: an empty file whose name says who holds it. As with the lock of the embedded
 * database, everybody writes a claim first and then reads the others', so that two never hold one folder. A
 * process of the same machine and PID namespace is asked for by its pid and start time; of another one only the
 * file's time can tell, which a holder renews.
 */
export class FolderClaim {
  constructor(
    readonly folder: string,
    readonly name: string,
  ) {}

  get file(): string {
    return path.join(this.folder, this.name);
  }

  /** @returns undefined while a living process holds it. */
  static take(folder: string, nowMs: number): FolderClaim | undefined {
    const claim = FolderClaim.write(folder);
    if (!othersLive(folder, claim.name, nowMs)) return claim;
    claim.release();
    return undefined;
  }

  /** For a folder that nobody else knows of yet. */
  static write(folder: string): FolderClaim {
    const identity = identityOf(process.pid) ?? UNKNOWN_IDENTITY;
    const parts = [String(process.pid), identity, MACHINE, randomBytes(6).toString('hex')];
    const claim = new FolderClaim(folder, parts.join('.') + SUFFIX);
    writeFileSync(claim.file, '', { flag: 'wx', mode: 0o600 });
    return claim;
  }

  /** The same claim, in a folder that was renamed. */
  movedTo(folder: string): FolderClaim {
    return new FolderClaim(folder, this.name);
  }

  renew(nowMs: number): void {
    utimesSync(this.file, nowMs / 1000, nowMs / 1000);
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

const MACHINE = machine();

function machine(): string {
  return createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 12);
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function othersLive(folder: string, own: string, nowMs: number): boolean {
  let living = false;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(SUFFIX) || name === own) continue;
    if (lives(folder, name, nowMs)) living = true;
    else rmSync(path.join(folder, name), { force: true });
  }
  return living;
}

function lives(folder: string, name: string, nowMs: number): boolean {
  const [pid = '', claimed = '', of = ''] = name.split('.');
  if (of !== MACHINE) return nowMs - (timeOf(path.join(folder, name)) ?? 0) < SILENT_MS;
  const actual = /^\d+$/.test(pid) ? identityOf(Number(pid)) : undefined;
  return actual !== undefined && [claimed, UNKNOWN_IDENTITY].includes(actual);
}

function timeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
