import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { readConfig } from '../../src/config/config.js';
import { Secrets } from '../../src/config/secrets.js';
import type { DatabaseUrls } from '../../src/database/data-source-options.js';
import { Egress } from '../../src/egress/egress.js';
import { egressPolicy } from '../../src/egress-policy.js';
import type { Clock } from '../../src/kernel/clock.js';
import { Startup } from '../../src/startup.js';
import { createTestDatabase } from './database.js';

export interface TestApp {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly urls: DatabaseUrls;
  /** A request to the service; `body` is sent as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestResponse>;
  close(): Promise<void>;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  // Whatever the route answers: tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface TestAppOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** To run several replicas on one database. */
  readonly urls?: DatabaseUrls;
  readonly clock?: Clock;
  /** PEM certificates of servers of the test's own. */
  readonly ca?: string;
}

/** Requests to the service at `url`; `body` is sent as JSON. */
export function requestsTo(url: string): TestApp['request'] {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /^application\/([a-z-]+\+)?json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
}

/** The whole application in this process, on a database of its own, ready and listening. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.urls ? undefined : await createTestDatabase();
  const urls = options.urls ?? database?.urls;
  if (!urls) throw new Error('unreachable');
  const dataDir = await mkdtemp(path.join(tmpdir(), 'mrg-app-'));
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'error',
    DATABASE_URL: urls.url,
    DATABASE_OWNER_URL: urls.ownerUrl,
    DATABASE_POOL_SIZE: '5',
    DATABASE_POOL_OVERFLOW: '5',
    HEALTH_CHECK_INTERVAL_S: '3600',
    ...options.environment,
  });
  const policy = egressPolicy(config);
  const egress = new Egress({
    policy,
    connectTimeoutMs: config.upstream.connectTimeoutMs,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  const { secretsKeys } = config;
  const secrets = new Secrets(
    secretsKeys.length > 0 ? secretsKeys : ['a key for tests only, the same for all replicas'],
  );
  const app = await createApp({ config, urls, egress, secrets, ...(options.clock ? { clock: options.clock } : {}) });
  await app.listen(config.http.port, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  policy.protect({ host: '127.0.0.1', port });
  try {
    await app.get(Startup).run(config.database.migrationsRun);
  } catch (error) {
    await app.close();
    await database?.close();
    await rm(dataDir, { recursive: true });
    throw error;
  }
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    app,
    url,
    urls,
    request: requestsTo(url),
    close: async () => {
      // A client that is slow to notice may connect once more, and the listener's end would wait for its request.
      const cutting = setInterval(() => app.getHttpServer().closeAllConnections(), 100);
      await app.close();
      clearInterval(cutting);
      await database?.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
