import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../kernel/app-error.js';
import { syncFolder } from './sync-folder.js';

/** The file below `DATA_DIR` (0600) that says where the cluster is and how to sign in to it. */
export const RECORD_FILE = 'embedded.json';

const login = z.object({ user: z.string(), password: z.string() });

const clusterRecord = z.object({
  /** Relative to `DATA_DIR`, so that the folder may move; absolute when the cluster is elsewhere. */
  cluster: z.string(),
  /** Whether cluster, roles and database were all made once. */
  complete: z.boolean(),
  /** The last port; asked for again, so that an open `psql` survives a restart. */
  port: z.int().optional(),
  database: z.string(),
  superuser: login,
  owner: login,
  application: login,
});

export type ClusterRecord = z.infer<typeof clusterRecord>;
export type Login = z.infer<typeof login>;

export function newClusterRecord(cluster: string): ClusterRecord {
  return {
    cluster,
    complete: false,
    database: 'mcp_registry',
    superuser: newLogin('mcp_registry_super'),
    owner: newLogin('mcp_registry_owner'),
    application: newLogin('mcp_registry_app'),
  };
}

function newLogin(user: string): Login {
  return { user, password: randomBytes(24).toString('base64url') };
}

/** `undefined` when there is none. @throws AppError `database.embedded_record_invalid`. */
export async function readClusterRecord(dataDir: string): Promise<ClusterRecord | undefined> {
  const path = join(dataDir, RECORD_FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return clusterRecord.parse(JSON.parse(text));
  } catch {
    // Without the cause: a parser's message quotes the text, and the text has passwords.
    throw new AppError(
      'unavailable',
      'database.embedded_record_invalid',
      `${path} is damaged: restore it from a backup, or move ${dataDir} away to start with an empty database`,
    );
  }
}

/** Replaces the record as a whole: after a crash there is the old one or the new one. */
export async function writeClusterRecord(dataDir: string, record: ClusterRecord): Promise<void> {
  const path = join(dataDir, RECORD_FILE);
  await rm(`${path}.new`, { force: true });
  const file = await open(`${path}.new`, 'wx', 0o600);
  try {
    // As root in another user's folder: that user reads it the next time.
    const { uid, gid } = await stat(dataDir);
    if (process.getuid?.() === 0) await file.chown(uid, gid);
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dataDir);
}
