import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';
import { postmasterOf, removeDataDir, temporaryDataDir } from '../support/embedded-data-dir.js';
import { type ServiceProcess, startService } from '../support/service-process.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

/** What this file starts, ended after each test, newest first. */
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function service(environment: NodeJS.ProcessEnv): Promise<ServiceProcess> {
  const started = await startService(environment);
  endings.push(async () => {
    if (started.process.exitCode === null && started.process.signalCode === null) started.process.kill('SIGKILL');
    await started.ended();
  });
  return started;
}

async function onDatabase(environment: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const database = await createTestDatabase();
  endings.push(() => database.close());
  const { url, ownerUrl } = database.urls;
  const started = await service({
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    SECRETS_KEY: 'k'.repeat(32),
    ...environment,
  });
  await started.ready();
  return started;
}

const register = (url: string, endpointUrl: string): Promise<Response> =>
  fetch(`${url}/api/v1/servers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'slow', endpointUrl }),
  });

/** Answers each request with 404 after `ms`: to a probe, a server that is there and speaks no MCP. */
async function slowServer(ms: number): Promise<{ url: string; asked: Promise<unknown> }> {
  const server: Server = createServer((_request, response) => {
    setTimeout(() => response.writeHead(404).end(), ms);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`,
    asked: once(server, 'request'),
  };
}

describe('the service as a process', () => {
  it('starts on a bare machine, and again with its data after kill -9', async () => {
    const dataDir = await temporaryDataDir();
    endings.push(() => removeDataDir(dataDir));
    const environment = { DATA_DIR: dataDir };
    const first = await service(environment);
    await first.ready();
    expect((await register(first.url, 'http://127.0.0.1:9/mcp')).status).toBe(201);
    first.process.kill('SIGKILL');
    await first.ended();

    const second = await service(environment);
    await second.ready();
    const { items } = (await (await fetch(`${second.url}/api/v1/servers`)).json()) as { items: { name: string }[] };
    expect(items.map((server) => server.name)).toEqual(['slow']);
    second.process.kill('SIGINT');
    expect(await second.ended()).toBe(0);
    expect(`${first.output()}${second.output()}`).not.toMatch(/postgres:\/\/[^ ]*:[^ ]*@/);
  }, 120_000);

  it('says that its port is taken, and what to do', async () => {
    const first = await onDatabase();
    const { port } = new URL(first.url);
    const second = await service({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      SECRETS_KEY: 'k'.repeat(32),
      PORT: port,
    });
    expect(await second.ended()).toBe(1);
    expect(second.output()).toMatch(new RegExp(`port ${port} on 127.0.0.1 is taken.*PORT`));
  });

  it('lists every mistake of its configuration', async () => {
    const started = await service({ PORT: 'x', MIGRATIONS_RUN: 'perhaps', EGRESS_DENY: '' });
    expect(await started.ended()).toBe(1);
    expect(started.output()).toMatch(/PORT:[\s\S]*MIGRATIONS_RUN:/);
  });

  it('finishes a call in flight across SIGTERM, and takes no new one', async () => {
    const started = await onDatabase({ SHUTDOWN_DELAY_S: '1' });
    const upstream = await slowServer(3000);
    const call = register(started.url, upstream.url);
    await upstream.asked;
    started.process.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${started.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${started.url}/health/live`)).headers.get('connection')).toBe('close');
    let held = true;
    void call.finally(() => (held = false));
    await expect.poll(() => status(`${started.url}/health/live`), { timeout: 5000 }).toBe(0);
    expect(held).toBe(true);
    expect((await call).status).toBe(201);
    expect(await started.ended()).toBe(0);
    await expect(fetch(`${started.url}/health/live`)).rejects.toThrow();
  });

  it('ends at once at Ctrl-C, without the delay', async () => {
    const started = await onDatabase({ SHUTDOWN_DELAY_S: '600' });
    started.process.kill('SIGINT');
    expect(await started.ended()).toBe(0);
  });

  it('ends at once at a second Ctrl-C, and goes on draining at a second SIGTERM', async () => {
    const [one, two] = await Promise.all([
      onDatabase({ SHUTDOWN_DELAY_S: '600' }),
      onDatabase({ SHUTDOWN_DELAY_S: '2' }),
    ]);
    for (const started of [one, two]) {
      started.process.kill('SIGTERM');
      await expect.poll(() => status(`${started.url}/health/ready`)).toBe(503);
      started.process.kill('SIGTERM');
    }
    expect(await status(`${two.url}/health/live`)).toBe(200);
    one.process.kill('SIGINT');
    expect(await one.ended()).toBe(1);
    expect(await two.ended()).toBe(0);
  });

  it('takes for one the Ctrl-C that the terminal sends and npm passes on', async () => {
    const started = await onDatabase();
    started.process.kill('SIGINT');
    await expect.poll(() => started.output()).toContain('SIGINT: ending');
    started.process.kill('SIGINT');
    expect(await started.ended()).toBe(0);
  });

  it('leaves no PostgreSQL behind when it is stopped while that starts', async () => {
    const dataDir = await temporaryDataDir();
    endings.push(() => removeDataDir(dataDir));
    const started = await service({ DATA_DIR: dataDir });
    await expect.poll(() => started.output(), { timeout: 20_000 }).toContain('creating the embedded database');
    started.process.kill('SIGTERM');
    expect(await started.ended()).toBe(0);
    // PostgreSQL removes its lock file when it ends, and would have one if it ran.
    await expect(postmasterOf(dataDir)).rejects.toThrow('ENOENT');
  });

  it('ends although the database hangs', async () => {
    const database = await throughProxy();
    const started = await service(database.environment);
    await started.ready();
    database.proxy.freeze();
    const hanging = fetch(`${started.url}/api/v1/servers`).catch(() => undefined);
    started.process.kill('SIGINT');
    expect(await started.ended()).toBe(0);
    await hanging;
  }, 60_000);

  it('waits for a database that is not there yet, and says so to the probes', async () => {
    const { proxy, environment } = await throughProxy();
    proxy.cut();
    const started = await service(environment);
    await expect.poll(() => status(`${started.url}/health/live`), { timeout: 10_000 }).toBe(200);
    expect(await status(`${started.url}/health/ready`)).toBe(503);
    expect(await status(`${started.url}/api/v1/servers`)).toBe(503);
    proxy.restore();
    await started.ready();

    proxy.cut();
    await expect.poll(() => status(`${started.url}/api/v1/servers`), { timeout: 10_000 }).toBe(503);
    expect(await status(`${started.url}/health/ready`)).toBe(200);
    expect(((await (await fetch(`${started.url}/health`)).json()) as { status: string }).status).toBe('unhealthy');
    proxy.restore();
    await expect.poll(() => status(`${started.url}/api/v1/servers`), { timeout: 10_000 }).toBe(200);
    const { password } = new URL(environment['DATABASE_URL'] ?? '');
    if (password !== '') expect(started.output()).not.toContain(password);
  }, 60_000);

  it('shows its configuration without secrets', async () => {
    const secret = 'hunter2'.repeat(6);
    const environment = {
      PATH: process.env['PATH'],
      DATABASE_URL: `postgres://app:${secret}@db.example/registry`,
      REDIS_URL: `redis://:${secret}@cache.example`,
      SECRETS_KEY: secret,
      METRICS_TOKEN: secret,
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/config.mjs'], { env: environment });
    expect(JSON.parse(stdout)).toMatchObject({ database: { poolSize: 20 }, http: { port: 8000 } });
    expect(stdout).toContain('db.example');
    expect(stdout).not.toContain('hunter2');
  });
});

/** A database behind a proxy of the test's own, and what a service needs to reach it there. */
async function throughProxy(): Promise<{ proxy: TcpProxy; environment: NodeJS.ProcessEnv }> {
  const database = await createTestDatabase();
  endings.push(() => database.close());
  const target = new URL(database.urls.url);
  const proxy = await startTcpProxy({ host: target.hostname, port: Number(target.port) || 5432 });
  endings.push(() => proxy.close());
  const through = (url: string): string => {
    const changed = new URL(url);
    changed.host = `127.0.0.1:${String(proxy.port)}`;
    return changed.href;
  };
  const { url, ownerUrl } = database.urls;
  return {
    proxy,
    environment: { DATABASE_URL: through(url), DATABASE_OWNER_URL: through(ownerUrl), SECRETS_KEY: 'k'.repeat(32) },
  };
}

async function status(url: string): Promise<number> {
  try {
    return (await fetch(url)).status;
  } catch {
    return 0;
  }
}
