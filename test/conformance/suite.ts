import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ScenarioResult, scenarioResults } from './suite-output.js';

/** Pinned: its scored sets are frozen, but its checks are not. It needs Node 22, so it brings its own. */
const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const NODE = 'node@24';
/** Both sets take a few seconds; the first run downloads the suite. */
const WITHIN_MS = 300_000;

export interface SuiteResult {
  readonly scenarios: readonly ScenarioResult[];
  /** Scored scenarios that failed, or `the suite` when it broke off. */
  readonly failed: readonly string[];
  /** The failed checks of scored scenarios, and what the suite said when it broke off. */
  readonly details: readonly FailedCheck[];
}

export interface FailedCheck {
  readonly scenario: string;
  /** The check's id. */
  readonly check: string;
  readonly text: string;
}

/** Runs what one revision requires against one endpoint. */
export async function runSuite(url: string, revision: string, signal: AbortSignal): Promise<SuiteResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mrg-conformance-'));
  try {
    const { code, output } = await runCommand(
      `conformance server --url '${url}' --requirements ${revision} -o '${folder}'`,
      folder,
      signal,
    );
    const scenarios = scenarioResults(output);
    const failed = scenarios.filter(({ scored, failedChecks }) => scored && failedChecks > 0).map(({ name }) => name);
    const details = (await Promise.all(failed.map((name) => failedChecks(folder, name)))).flat();
    const finished = code === 0 && scenarios.some(({ scored }) => scored);
    if (failed.length > 0 || finished) return { scenarios, failed, details };
    return {
      scenarios,
      failed: ['the suite'],
      details: [{ scenario: 'the suite', check: `it ended with ${code}`, text: output.slice(-4_000) }],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runCommand(command: string, cwd: string, signal: AbortSignal) {
  const args = ['-y', '-p', NODE, '-p', SUITE, '-c', command];
  // A process group of its own: npx does not pass signals on to what it runs.
  const child = spawn('npx', args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  };
  const timer = setTimeout(stop, WITHIN_MS);
  signal.addEventListener('abort', stop);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      output += chunk;
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** The suite writes a folder `server-<scenario>-<time>` with the checks of each scenario. */
async function failedChecks(folder: string, scenario: string): Promise<FailedCheck[]> {
  const prefix = `server-${scenario}-2`;
  const place = (await readdir(folder)).find((name) => name.startsWith(prefix));
  if (place === undefined) return [{ scenario, check: 'none', text: 'no checks were written' }];
  const checks = JSON.parse(await readFile(path.join(folder, place, 'checks.json'), 'utf8')) as {
    id: string;
    status: string;
    errorMessage?: string;
    details?: unknown;
  }[];
  return checks
    .filter(({ status }) => status === 'FAILURE')
    .map(({ id, errorMessage = '', details }) => ({
      scenario,
      check: id,
      text: `${errorMessage} ${JSON.stringify(details ?? {}).slice(0, 600)}`,
    }));
}
