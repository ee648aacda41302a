import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/**
 * Whether a browser is there: Debian's Chromium; with `CI=true` apt installs it, elsewhere those tests
 * are skipped, and one loud line says so.
 */
export function chromiumIsThere(): boolean {
  if (existsSync(CHROMIUM)) return true;
  if (process.env['CI'] !== 'true') {
    process.stderr.write('\n*** SKIPPED: the tests in a browser. Install chromium to run them. ***\n\n');
    return false;
  }
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    stdio: 'ignore',
    timeout: 300_000,
  });
  return true;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
