import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ROOT, stopChild } from './child-program.js';
import type { LoadOptions, LoadReport } from './load-options.js';

const STOP_WITHIN_MS = 2_000;
/** For starting, opening the sessions and closing them, beside the time measured. */
const EXTRA_MS = 60_000;

export type LoadRequest = Partial<LoadOptions> & { readonly url: string };

/** A load generator in a process of its own, so that it shares no event loop with anything. */
export interface LoadProcess {
  readonly report: Promise<LoadReport>;
  /** Ends it early; `report` rejects then. */
  stop(): Promise<void>;
}

export function startLoad(options: LoadRequest): LoadProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/tools/load.ts', '--json', JSON.stringify(options)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: (options.durationMs ?? 0) + EXTRA_MS,
    killSignal: 'SIGKILL',
  });
  const report = reportOf(child);
  // Whoever stops it early does not wait for the report.
  report.catch(() => undefined);
  return { report, stop: () => stopChild(child, 'SIGTERM', STOP_WITHIN_MS) };
}

async function reportOf(child: ChildProcessByStdio<null, Readable, null>): Promise<LoadReport> {
  const output = text(child.stdout);
  // Rejects when the process cannot be started; `exit` alone would come before the last of the output.
  await once(child, 'close');
  const line = await output;
  if (line === '')
    throw new Error(`the load generator ended with ${child.signalCode ?? child.exitCode}, without a report`);
  return JSON.parse(line) as LoadReport;
}
