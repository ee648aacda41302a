import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A load balancer that remembers nobody: each request goes to the next target. */
export interface RoundRobinProxy {
  readonly url: string;
  /** Requests that each target got, by its URL. */
  readonly served: ReadonlyMap<string, number>;
  /** From now on requests go to these. */
  balance(targets: readonly string[]): void;
  close(): Promise<void>;
}

export async function startRoundRobinProxy(first: readonly string[]): Promise<RoundRobinProxy> {
  const served = new Map<string, number>();
  let targets = first;
  let next = 0;

  const pass = (req: IncomingMessage, res: ServerResponse, body: Buffer, tries: number): void => {
    const target = targets[next++ % targets.length];
    if (target === undefined) return void res.writeHead(502).end();
    const { hostname, port } = new URL(target);
    const { method, headers } = req;
    const leg = request({ hostname, port, method, path: req.url, headers, agent: false }, (answer) => {
      served.set(target, (served.get(target) ?? 0) + 1);
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
      answer.on('error', () => res.destroy());
    });
    leg.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody was there: not a byte was sent, so another may be asked.
      if (error.code === 'ECONNREFUSED' && tries < targets.length) pass(req, res, body, tries + 1);
      else if (res.headersSent) res.destroy();
      else res.writeHead(502).end();
    });
    res.on('close', () => leg.destroy());
    leg.end(body);
  };

  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => pass(req, res, Buffer.concat(chunks), 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    served,
    balance: (given) => {
      targets = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
