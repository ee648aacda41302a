import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);
const START_MS = 15_000;
const POLL_MS = 50;

export interface EverythingUpstream {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The real `@modelcontextprotocol/server-everything` in a process of its own.
 * @param options.port to come back on the same port; otherwise one that is free now
 */
export async function startEverything(
  transport: 'streamableHttp' | 'sse' = 'streamableHttp',
  options: { readonly port?: number } = {},
): Promise<EverythingUpstream> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, [ENTRY, transport], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const close = async (): Promise<void> => {
    process.off('exit', killWithUs);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await exited;
    }
  };
  try {
    const deadline = Date.now() + START_MS;
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`server-everything ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error(`server-everything did not listen within ${START_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`, port, close };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
