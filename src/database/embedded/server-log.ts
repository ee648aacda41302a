import { FileHandle, open, rename, stat } from 'node:fs/promises';

const KEPT_BYTES = 4 * 1024 * 1024;
const TAIL_BYTES = 2_000;

/** Opens the server's log to append; one that has grown past 4 MiB becomes `.1` first, so two of them are kept. */
export async function openServerLog(path: string): Promise<FileHandle> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > KEPT_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** The last lines of the log, for an error message. */
export async function serverLogTail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trim().split('\n').slice(-5).join('\n');
  } finally {
    await file.close();
  }
}
