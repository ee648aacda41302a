/**
 * A service reduced to its embedded database: starts it below the folder named as the first argument, prints one
 * line of JSON (`{ url, ownerUrl, port }` or `{ code, message }`) and stays up until it is told to stop or killed.
 */
import { AppError } from '../../src/kernel/app-error.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.js';

const silent = { info: () => undefined, warn: () => undefined };

try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log: silent });
  const { url, ownerUrl, port } = postgres;
  process.stdout.write(`${JSON.stringify({ url, ownerUrl, port })}\n`);
  const alive = setInterval(() => undefined, 60_000);
  process.once('SIGTERM', () => {
    clearInterval(alive);
    void postgres.stop();
  });
} catch (error) {
  const code = error instanceof AppError ? error.code : undefined;
  process.stdout.write(`${JSON.stringify({ code, message: String(error) })}\n`);
  process.exitCode = 1;
}
