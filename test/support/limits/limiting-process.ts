import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Demand } from '../../../src/modules/rate-limit/index.js';

const PROGRAM = fileURLToPath(new URL('take-program.ts', import.meta.url));

/** A process of its own that counts on a Redis which others count on too. */
export class LimitingProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(redisUrl: string): Promise<LimitingProcess> {
    const child = fork(PROGRAM, [redisUrl], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new LimitingProcess(child);
  }

  /** Asks so often at once. @returns how many passed */
  async take(times: number, demands: readonly Demand[]): Promise<number> {
    const answered = once(this.child, 'message');
    this.child.send({ times, demands });
    const [{ passed }] = (await answered) as [{ passed: number }];
    return passed;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
