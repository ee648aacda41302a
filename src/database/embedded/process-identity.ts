import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A process that exists, but that this one may not look at (`hidepid`, another PID's owner). */
export const UNKNOWN_IDENTITY = 'unknown';

/**
 * What tells a process from a later one with the same pid: a hash of the boot and of its start time.
 * `undefined` when no such process runs; a zombie does not run. `UNKNOWN_IDENTITY` when it cannot be told.
 */
export function identityOf(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  const started = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  if (started === undefined) return exists(pid) ? UNKNOWN_IDENTITY : undefined;
  return started === 'zombie' ? undefined : createHash('sha256').update(started).digest('hex').slice(0, 16);
}

/** The command line of a process as one text, arguments between spaces; `undefined` when it cannot be read. */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return ps(pid, 'command=');
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** proc(5): the name in parentheses may hold anything, so fields count from its end; state is the 3rd, start the 22nd. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'zombie';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const [state = '', ...started] = ps(pid, 'state=,lstart=').split(/\s+/);
    return state.startsWith('Z') ? 'zombie' : started.join(' ');
  } catch {
    return undefined;
  }
}

function ps(pid: number, columns: string): string {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return execFileSync('ps', ['-ww', '-o', columns, '-p', String(pid)], {
    env,
    timeout: 5_000,
    encoding: 'utf8',
  }).trim();
}
