import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What PostgreSQL's account must reach while `DATA_DIR` or the checkout is private to root. */
export const SYSTEM_FOLDER = '/var/lib/mcp-registry-gateway';

/** The folder, made if need be: others may walk through it, and not list it. */
export async function systemFolder(): Promise<string> {
  return passableFolder(SYSTEM_FOLDER);
}

/** A path of a random name below it, for one `DATA_DIR`; not made yet. */
export function newSystemPath(): string {
  return join(SYSTEM_FOLDER, randomBytes(8).toString('hex'));
}

/** Makes a folder that others may walk through, whatever the umask; one that exists is made so. */
export async function passableFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  return folder;
}
