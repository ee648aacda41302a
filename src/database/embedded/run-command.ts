import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The account that PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Nothing of our own environment: no `PG*` variable steers the server, no secret of ours lies in its memory. */
export const COMMAND_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' } as const;

export interface CommandOptions {
  readonly account?: Account | undefined;
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end and answers with what it printed.
 * @throws the error of `execFile`, `stderr` in its message, when it fails or takes longer than `timeoutMs` (10 s).
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  // The working directory is one that every account can walk into.
  const { stdout } = await execute(command, [...args], {
    ...options.account,
    cwd: '/',
    env: COMMAND_ENV,
    timeout: options.timeoutMs ?? 10_000,
    killSignal: 'SIGKILL',
    maxBuffer: 1024 * 1024,
  });
  return stdout;
}
