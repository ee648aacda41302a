import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressPolicy, type EgressRules } from './address-policy.js';
import { Egress, type EgressOptions } from './egress.js';
import { UnresolvableError } from './egress-errors.js';

const PUBLIC = '93.184.216.34';
const KIB = 1024;
const limit = { maxResponseBytes: 64 * KIB };

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Upstream {
  readonly origin: string;
  readonly port: number;
  readonly seen: IncomingMessage[];
}

async function upstream(answer: RequestListener = (_request, response) => response.end('hello')): Promise<Upstream> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, seen };
}

/** Answers each name's lists in turn, the last one for ever. */
function scripted(names: Readonly<Record<string, readonly (readonly string[])[]>>): EgressOptions['resolver'] {
  const turns = new Map<string, number>();
  return {
    resolve: (host) => {
      const answers = names[host];
      if (!answers) return Promise.reject(new UnresolvableError(host, 'ENOTFOUND'));
      const turn = turns.get(host) ?? 0;
      turns.set(host, turn + 1);
      return Promise.resolve(answers[Math.min(turn, answers.length - 1)] ?? []);
    },
  };
}

function egressWith(rules: Partial<EgressRules> = {}, options: Partial<EgressOptions> = {}): Egress {
  const policy = new EgressPolicy({ allow: [], deny: [], allowPrivate: true, own: [], ...rules });
  const egress = new Egress({ policy, connectTimeoutMs: 2000, ...options });
  cleanups.push(() => egress.close(0));
  return egress;
}

describe('a connection', () => {
  it('goes to a server by its literal address and by its name', async () => {
    const server = await upstream();
    const egress = egressWith({}, { resolver: scripted({ 'tools.test': [['127.0.0.1']] }) });
    const fetch = egress.createFetch(limit);
    expect(await (await fetch(server.origin)).text()).toBe('hello');
    expect(await (await fetch(`http://tools.test:${server.port}/`)).text()).toBe('hello');
    expect(server.seen.map(({ headers }) => headers.host)).toEqual([
      `127.0.0.1:${server.port}`,
      `tools.test:${server.port}`,
    ]);
  });

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0'])(
    'is refused for the literal %s',
    async (host) => {
      const server = await upstream();
      const egress = egressWith({ allowPrivate: false });
      const denied = { code: 'egress.denied', kind: 'unprocessable' };
      await expect(egress.createFetch(limit)(`http://${host}:${server.port}/`)).rejects.toMatchObject(denied);
      const { origin } = new URL(`http://${host}:${server.port}/`);
      await expect(egress.pool(origin).request({ path: '/', method: 'GET' })).rejects.toMatchObject(denied);
      expect(server.seen).toHaveLength(0);
    },
  );

  it('is refused when the name changes its address after the check', async () => {
    const server = await upstream();
    const egress = egressWith(
      { allowPrivate: false },
      { resolver: scripted({ 'rebind.test': [[PUBLIC], ['127.0.0.1']] }) },
    );
    const url = `http://rebind.test:${server.port}/`;
    await egress.check(url);
    await expect(egress.createFetch(limit)(url)).rejects.toMatchObject({ code: 'egress.denied' });
    expect(server.seen).toHaveLength(0);
  });

  it('is checked every time it is made', async () => {
    const server = await upstream((_request, response) => response.setHeader('connection', 'close').end('hello'));
    const rules = { allowPrivate: false, allow: ['127.0.0.1'] };
    const egress = egressWith(rules, { resolver: scripted({ 'rebind.test': [['127.0.0.1'], ['127.0.0.2']] }) });
    const fetch = egress.createFetch(limit);
    const url = `http://rebind.test:${server.port}/`;
    expect(await (await fetch(url)).text()).toBe('hello');
    await expect(fetch(url)).rejects.toMatchObject({ code: 'egress.denied' });
    expect(server.seen).toHaveLength(1);
  });

  it('fails apart from a refusal when the name does not resolve or nobody listens', async () => {
    const server = await upstream();
    const egress = egressWith({}, { resolver: scripted({}) });
    const fetch = egress.createFetch(limit);
    const unresolvable = { code: 'egress.unresolvable', kind: 'upstream_failed' };
    await expect(fetch('http://nobody.test/')).rejects.toMatchObject(unresolvable);
    const unreachable = {
      code: 'egress.unreachable',
      kind: 'upstream_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    };
    await expect(fetch(`http://127.0.0.9:${server.port}/`)).rejects.toMatchObject(unreachable);
  });
});

describe('fetch', () => {
  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    const inside = await upstream();
    const server = await upstream((_request, response) =>
      response.writeHead(status, { location: `http://user:secret@127.0.0.1:${inside.port}/admin?token=secret` }).end(),
    );
    const failed = egressWith().createFetch(limit)(server.origin, { method: 'POST', body: '{}', redirect: 'follow' });
    const message = expect.stringMatching(new RegExp(`${status}.*127.0.0.1:${inside.port}/admin;.*not followed`));
    const error: unknown = await failed.catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'egress.redirect', kind: 'upstream_failed', message });
    expect(String(error)).not.toContain('secret');
    expect(inside.seen).toHaveLength(0);
  });

  it('is a fetch: method, headers, body, Request objects, status, url', async () => {
    const server = await upstream((request, response) => {
      response.writeHead(201, { 'content-type': 'text/plain', 'x-method': request.method });
      request.pipe(response);
    });
    const fetch = egressWith().createFetch(limit);
    const headers = { 'content-type': 'application/json', 'x-a': 'b' };
    const plain = await fetch(new URL('/mcp?a=b', server.origin), { method: 'POST', headers, body: '{"a":1}' });
    expect(plain).toBeInstanceOf(Response);
    expect([plain.status, plain.url, await plain.json()]).toEqual([201, `${server.origin}/mcp?a=b`, { a: 1 }]);
    expect(server.seen[0]?.headers).toMatchObject({ 'x-a': 'b', 'content-length': '7' });
    const request = await fetch(new Request(server.origin, { method: 'PUT', body: 'text', headers: { 'x-c': 'd' } }));
    expect([request.headers.get('x-method'), await request.text()]).toEqual(['PUT', 'text']);
    expect(server.seen[1]?.headers['x-c']).toBe('d');
  });

  it('has null bodies where there are none', async () => {
    const server = await upstream((_request, response) => response.writeHead(204).end());
    expect((await egressWith().createFetch(limit)(server.origin)).body).toBeNull();
  });

  it('sends its headers to their origin only, and not over those of a request', async () => {
    const [mine, other] = [await upstream(), await upstream()];
    const headers = { origin: mine.origin, values: { authorization: 'Bearer secret', accept: 'text/plain' } };
    const fetch = egressWith().createFetch({ ...limit, headers });
    await (await fetch(mine.origin, { headers: { Accept: 'application/json' } })).text();
    await (await fetch(other.origin)).text();
    expect(mine.seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', accept: 'application/json' });
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  const zeros = Buffer.alloc(4 * KIB * KIB);
  it.each<[string, RequestListener]>([
    ['with a length', (_request, response) => response.end(zeros)],
    [
      'in chunks without an end',
      (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(zeros.subarray(0, 16 * KIB)));
        };
        response.on('drain', more);
        more();
      },
    ],
    ['gzipped', (_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(zeros))],
    ['brotli', (_request, response) => response.setHeader('content-encoding', 'br').end(brotliCompressSync(zeros))],
  ])('fails while it reads an answer that is too large: %s', async (_name, answer) => {
    const server = await upstream(answer);
    const response = await egressWith().createFetch(limit)(server.origin);
    const tooLarge = { code: 'egress.response_too_large', message: expect.stringContaining('65536 bytes') };
    await expect(response.text()).rejects.toMatchObject(tooLarge);
  });

  it('passes an answer of exactly the limit, decoded', async () => {
    const body = gzipSync(zeros.subarray(0, limit.maxResponseBytes));
    const server = await upstream((_request, response) => response.setHeader('content-encoding', 'gzip').end(body));
    const response = await egressWith().createFetch(limit)(server.origin);
    expect((await response.arrayBuffer()).byteLength).toBe(limit.maxResponseBytes);
  });

  it('says that an answer was cut', async () => {
    const server = await upstream((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const response = await egressWith().createFetch(limit)(server.origin);
    await expect(response.text()).rejects.toMatchObject({ code: 'egress.unreachable', kind: 'upstream_failed' });
  });

  it('gives up on a server that does not answer', async () => {
    const server = await upstream(() => undefined);
    const fetch = egressWith().createFetch({ ...limit, pool: { headersTimeoutMs: 50 } });
    await expect(fetch(server.origin)).rejects.toMatchObject({ code: 'egress.timeout', kind: 'upstream_timeout' });
  });

  it.each(['the factory', 'the request'])(
    'is aborted by the signal of %s, before and while it reads',
    async (whose) => {
      const server = await upstream((request, response) => {
        if (request.url === '/stream') response.write('begin');
      });
      for (const path of ['/hang', '/stream']) {
        const controller = new AbortController();
        const { signal } = controller;
        const fetch = egressWith().createFetch(whose === 'the factory' ? { ...limit, signal } : limit);
        const reading = fetch(`${server.origin}${path}`, whose === 'the request' ? { signal } : {}).then(
          async (response) => {
            controller.abort(new Error('enough'));
            return response.text();
          },
        );
        if (path === '/hang') setTimeout(() => controller.abort(new Error('enough')), 20);
        await expect(reading).rejects.toThrow('enough');
      }
    },
  );

  it('refuses to queue without bound', async () => {
    const server = await upstream(() => undefined);
    const controller = new AbortController();
    const fetch = egressWith().createFetch({ ...limit, signal: controller.signal, pool: { connections: 1 } });
    const waiting = Array.from({ length: 300 }, () => fetch(server.origin));
    await expect(fetch(server.origin)).rejects.toMatchObject({ code: 'egress.busy', kind: 'unavailable' });
    controller.abort();
    await Promise.allSettled(waiting);
  });
});

describe('closing', () => {
  it('lets what runs end in time, and cuts the rest', async () => {
    const held: (() => void)[] = [];
    const server = await upstream((_request, response) => held.push(() => response.end('late')));
    const egress = egressWith();
    const fetch = egress.createFetch(limit);
    const ended = fetch(server.origin).then((response) => response.text());
    await expect.poll(() => held.length).toBe(1);
    const closing = egress.closeOrigin(server.origin, 2000);
    held[0]?.();
    await closing;
    expect(await ended).toBe('late');

    const cut = fetch(server.origin);
    const outcome = expect(cut).rejects.toMatchObject({ code: 'egress.unreachable' });
    await expect.poll(() => held.length).toBe(2);
    await egress.close(20);
    await outcome;
    await expect(fetch(server.origin)).rejects.toMatchObject({ code: 'egress.closed' });
  });
});
