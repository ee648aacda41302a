import { readFile } from 'node:fs/promises';
import { AppError } from '../../kernel/app-error.js';
import { EmbeddedLog } from './embedded-log.js';
import { Account, runCommand } from './run-command.js';

/** The one that we create comes first, so that it is found again when it once had to be created. */
const CREATED = 'mcp-registry';
const CANDIDATES = [CREATED, 'postgres', '_postgres', 'nobody'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** An unprivileged account of this machine; when it has none of the usual ones, a system user is created. Root only. */
export async function unprivilegedAccount(log: EmbeddedLog): Promise<Account> {
  const found = firstAccount(await readFile('/etc/passwd', 'utf8'), CANDIDATES);
  if (found !== undefined) return found;
  log.warn(`PostgreSQL does not run as root, and no other account is usable: creating the system user ${CREATED}`);
  await runCommand('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', CREATED]);
  const created = firstAccount(await readFile('/etc/passwd', 'utf8'), [CREATED]);
  if (created !== undefined) return created;
  throw new AppError(
    'unavailable',
    'database.embedded_no_account',
    'PostgreSQL does not run as root, and no account for it could be created: start as another user, or set DATABASE_URL',
  );
}

/** The first of `names` that a passwd(5) text has with an unprivileged id. */
export function firstAccount(passwd: string, names: readonly string[]): Account | undefined {
  const rows = passwd.split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const row = rows.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(row?.[2]), Number(row?.[3])];
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  return undefined;
}

/** Whether the account can walk into a folder. Asked of the kernel, since modes alone do not know of ACLs and mounts. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  try {
    await runCommand('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { account });
    return true;
  } catch {
    return false;
  }
}
