import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEEP_ALIVE_MS = 60_000;

/**
 * The main loop of a bench program: listens on the loopback, says `{ "listening": url }` on standard output, and ends
 * at SIGTERM and SIGINT without waiting for anybody.
 */
export function serveProgram(listener: RequestListener, port: number): void {
  const server = createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket) => socket.setNoDelay(true));
  server.listen(port, '127.0.0.1', () => {
    const { port: chosen } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ listening: `http://127.0.0.1:${String(chosen)}/mcp` })}\n`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
}
