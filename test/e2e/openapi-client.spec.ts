import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import createClient from 'openapi-fetch';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { type EverythingUpstream, startEverything } from '../support/upstreams/everything.js';

const root = path.join(import.meta.dirname, '../..');
const document = JSON.parse(readFileSync(path.join(root, 'docs/openapi.json'), 'utf8')) as object;

/** What a user of the generated types would write; it only has to compile. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const client = createClient<paths>({ baseUrl: 'http://127.0.0.1:8000' });
const { data, error } = await client.POST('/api/v1/servers', {
  body: { name: 'everything', endpointUrl: 'http://127.0.0.1:3001/mcp' },
});
const server: components['schemas']['ProbedServer'] | undefined = data;
const problem: components['schemas']['Problem'] | undefined = error;
const found = await client.GET('/api/v1/discovery/tools', { params: { query: { tools: 'echo', limit: 5 } } });
export const names: (string | undefined)[] = [server?.name, problem?.code, found.data?.tools[0]?.server.name];
`;

describe('a client generated from docs/openapi.json', () => {
  let app: TestApp;
  let everything: EverythingUpstream;
  beforeAll(async () => {
    [app, everything] = await Promise.all([startTestApp(), startEverything('streamableHttp')]);
  });
  afterAll(async () => {
    await Promise.all([app.close(), everything.close()]);
  });

  it('compiles under strict TypeScript', async () => {
    const folder = mkdtempSync(path.join(root, 'node_modules/.generated-client-'));
    try {
      writeFileSync(path.join(folder, 'schema.ts'), astToString(await openapiTS(document as never)));
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(path.join(folder, 'program.ts'), PROGRAM);
      const options = {
        compilerOptions: { strict: true, noEmit: true, target: 'ES2023', module: 'nodenext', skipLibCheck: true },
      };
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(options));
      expect(compile(folder)).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('registers a server and finds its tool', async () => {
    const client = createClient<Record<string, never>>({ baseUrl: app.url }) as unknown as LooseClient;
    const registered = await client.POST('/api/v1/servers', {
      body: { name: 'everything', endpointUrl: everything.url },
    });
    expect(registered.response.status).toBe(201);
    const found = await client.GET('/api/v1/discovery/tools', { params: { query: { tools: 'echo' } } });
    expect(found.data).toMatchObject({ tools: [{ name: 'echo', server: { name: 'everything' } }] });
  });
});

/** What the compiler has to say. */
function compile(folder: string): string {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  return stdout;
}

/** The generated types are checked above; at run time there is only the client. */
interface LooseClient {
  POST(path: string, init: object): Promise<{ response: Response; data?: unknown }>;
  GET(path: string, init: object): Promise<{ response: Response; data?: unknown }>;
}
