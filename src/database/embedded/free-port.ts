import { createServer } from 'node:net';

/** `wanted` when nobody listens there on 127.0.0.1, else one that the system chooses. It may be taken a moment later. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted === undefined) return listenOnce(0);
  return listenOnce(wanted).catch(() => listenOnce(0));
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
