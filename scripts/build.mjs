import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

/** Builds when `dist/main.js` is not there. Ends the process when the build fails. */
export function buildWhenMissing() {
  if (existsSync(path.join(root, 'dist/main.js'))) return;
  build();
}

/** Builds, with the compiler's own messages. */
export function build() {
  process.stderr.write('Building...\n');
  const result = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) {
    process.stderr.write('The build failed.\n');
    process.exit(1);
  }
}
