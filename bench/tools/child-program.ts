import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = path.join(import.meta.dirname, '../..');

/** A process that this one started, and that it ends. */
export interface ChildProgram {
  readonly pid: number;
  /** Where it listens, as it said so. */
  readonly url: string;
  /** SIGTERM, and SIGKILL when that does not end it within 2 s. */
  stop(): Promise<void>;
}

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 2_000;

/** Starts a program of this project that prints `{ "listening": url }` when it serves. The path is from the root. */
export async function startProgram(file: string, args: readonly string[] = []): Promise<ChildProgram> {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (): Promise<void> => stopChild(child, 'SIGTERM', STOP_WITHIN_MS);
  try {
    return { pid: pidOf(child), url: await listening(child, file), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listening(child: ChildProcess, file: string): Promise<string> {
  if (child.stdout === null) throw new Error('the standard output is not a pipe');
  const lines = createInterface({ input: child.stdout });
  const signal = AbortSignal.timeout(START_WITHIN_MS);
  const first: unknown[] = await Promise.race([once(lines, 'line', { signal }), once(child, 'exit', { signal })]);
  const [line] = first;
  if (typeof line !== 'string' || !line.startsWith('{')) throw new Error(`${file} ended before it served`);
  return (JSON.parse(line) as { listening: string }).listening;
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process could not be started');
  return child.pid;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Sends the signal, waits, and kills what is still there. */
export async function stopChild(child: ChildProcess, signal: NodeJS.Signals, withinMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await exited;
  clearTimeout(timer);
}
