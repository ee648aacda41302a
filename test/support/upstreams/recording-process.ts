import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ChildProgram, startProgram } from '../../../bench/tools/child-program.js';

const PROGRAM = 'test/support/upstreams/recording.ts';

export interface RecordingStats {
  readonly requests: number;
  readonly initialized: number;
  readonly unknownSessions: number;
  readonly sessions: number;
}

/** The recording upstream as a process of its own, which dies without warning and comes back at the same address. */
export interface RecordingProcess {
  readonly url: string;
  /** SIGKILL; returns when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and with the same file. */
  restart(): Promise<void>;
  /** What the process that runs now saw. */
  stats(): Promise<RecordingStats>;
  /** The ids of all calls that ran, in all processes, in their order. */
  executed(): Promise<string[]>;
  close(): Promise<void>;
}

export async function startRecording(): Promise<RecordingProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'recording-'));
  const log = path.join(folder, 'calls');
  const start = (port = '0'): Promise<ChildProgram> => startProgram(PROGRAM, ['--log', log, '--port', port]);
  let running = await start();
  const { url } = running;
  const killWithUs = (): void => {
    try {
      process.kill(running.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  process.once('exit', killWithUs);
  const kill = async (): Promise<void> => {
    killWithUs();
    await running.stop();
  };
  return {
    url,
    kill,
    restart: async () => {
      running = await start(new URL(url).port);
    },
    stats: async () => (await (await fetch(new URL('/stats', url))).json()) as RecordingStats,
    executed: async () => {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    close: async () => {
      process.off('exit', killWithUs);
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}
