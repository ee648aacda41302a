// `npm run check:migrations`: the entities have nothing that the migrations lack, and the migrations go
// down and up again. On an embedded PostgreSQL of its own, or an empty database at DATABASE_URL.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildWhenMissing, root } from './build.mjs';

buildWhenMissing();
const folder = mkdtempSync(path.join(tmpdir(), 'mrg-migrations-'));
// As root PostgreSQL runs as another user: below a private folder it would put its data elsewhere, to stay.
chmodSync(folder, 0o711);
const env = { ...process.env, DATA_DIR: path.join(folder, 'data'), LOG_LEVEL: 'error' };

try {
  step('up', [process.execPath, 'dist/database/migrate.js']);
  step('nothing to generate', [...typeorm('migration:generate'), '--check', 'src/migrations/check']);
  for (let left = readdirSync(path.join(root, 'src/migrations')).length; left > 0; left -= 1)
    step(`down (${left})`, [...typeorm('migration:revert'), '-t', 'none']);
  step('up again', [process.execPath, 'dist/database/migrate.js']);
  step('still nothing to generate', [...typeorm('migration:generate'), '--check', 'src/migrations/check']);
  process.stdout.write('Migrations: complete, and they go down and up again.\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function typeorm(command) {
  return [process.execPath, '--import', 'tsx', 'node_modules/typeorm/cli.js', command, '-d', 'ormconfig.ts'];
}

function step(what, [command, ...args]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
  if (status === 0) {
    process.stdout.write(`${what}: ok\n`);
    return;
  }
  process.stderr.write(`${what} failed:\n${stdout}${stderr}\n`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}
