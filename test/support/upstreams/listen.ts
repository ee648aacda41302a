import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  /** Where clients connect: `http://127.0.0.1:<port>/<path>`. */
  readonly url: string;
  /** TCP connections that are open now. */
  connections(): Promise<number>;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/** A server on a port that the system chose, on the loopback only. */
export async function listen(handler: RequestListener, path = '/mcp', port = 0): Promise<Upstream> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}${path}`,
    connections: () => countConnections(server),
    close: () => closeServer(server),
  };
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
