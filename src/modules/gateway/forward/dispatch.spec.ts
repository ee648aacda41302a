import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { LightAbort } from '../../../kernel/light-abort.js';
import { dispatch } from './dispatch.js';

const open: { server: Server; pool: Pool }[] = [];
afterEach(async () => {
  for (const { server, pool } of open.splice(0)) {
    await pool.destroy();
    server.closeAllConnections();
    server.close();
  }
});

async function poolTo(listener: RequestListener, connections = 1): Promise<Pool> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections });
  open.push({ server, pool });
  return pool;
}

const GET = { path: '/', method: 'GET' } as const;

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

describe('dispatch', () => {
  it('yields status, headers and the bytes in their order', async () => {
    const pool = await poolTo((_request, response) => {
      response.writeHead(201, { 'content-type': 'text/plain' });
      response.write('one ');
      setTimeout(() => response.end('two'), 5);
    });
    const answer = await dispatch(pool, GET, undefined);
    expect(answer).toMatchObject({ statusCode: 201, headers: { 'content-type': 'text/plain' } });
    expect(answer.body.takeWhole?.()).toBeUndefined();
    expect(await textOf(answer.body)).toBe('one two');
  });

  it('has a small answer whole once it has arrived', async () => {
    const pool = await poolTo((_request, response) => response.end('whole'));
    const { body } = await dispatch(pool, GET, undefined);
    await expect.poll(() => body.takeWhole?.()?.toString('utf8')).toBe('whole');
    expect(await textOf(body)).toBe('');
  });

  it('asks the upstream to hold on while nobody reads', async () => {
    const size = 64 * 1024 * 1024;
    let written = 0;
    const pool = await poolTo((_request, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (written < size && response.write(chunk)) written += chunk.length;
        if (written < size) response.once('drain', () => ((written += chunk.length), more()));
        else response.end();
      };
      more();
    });
    const { body } = await dispatch(pool, GET, undefined);
    let before = -1;
    await expect
      .poll(() => {
        const still = written === before;
        before = written;
        return still;
      })
      .toBe(true);
    expect(written).toBeLessThan(size / 2);
    let read = 0;
    for await (const chunk of body) read += chunk.length;
    expect(read).toBeGreaterThanOrEqual(size);
  });

  it('ends the request when its signal aborts: before the headers, between chunks, before it was sent', async () => {
    const closed: string[] = [];
    const pool = await poolTo((request, response) => {
      response.on('close', () => closed.push(request.url ?? ''));
      if (request.url === '/chunks') response.write('first');
    });
    const why = new Error('left');

    const early = new LightAbort();
    const waiting = dispatch(pool, { ...GET, path: '/headers' }, early);
    const queued = new LightAbort();
    const behind = dispatch(pool, { ...GET, path: '/queued' }, queued);
    await turn();
    queued.abort(why);
    await expect(behind).rejects.toBe(why);
    early.abort(why);
    await expect(waiting).rejects.toBe(why);
    await expect(dispatch(pool, GET, early)).rejects.toBe(why);

    const late = new LightAbort();
    const { body } = await dispatch(pool, { ...GET, path: '/chunks' }, late);
    const reading = textOf(body);
    late.abort(why);
    await expect(reading).rejects.toBe(why);
    await expect.poll(() => closed).toContain('/chunks');
    expect(closed).not.toContain('/queued');
  });

  it('fails with what breaks the connection', async () => {
    const pool = await poolTo((request, response) => {
      if (request.url === '/half') response.write('half');
      setTimeout(() => response.destroy(), 5);
    });
    await expect(dispatch(pool, GET, undefined)).rejects.toThrow(/other side closed/);
    const { body } = await dispatch(pool, { ...GET, path: '/half' }, undefined);
    await expect(textOf(body)).rejects.toThrow(/other side closed|terminated/);
  });

  it.each([
    ['a short one is read to its end, and the connection used again', 1000, 1],
    ['a long one is cut off', 10 * 1024 * 1024, 2],
  ])('dump: %s', async (_what, size, connections) => {
    const sockets = new Set<unknown>();
    const pool = await poolTo((request, response) => {
      sockets.add(request.socket);
      response.end(Buffer.alloc(size));
    });
    await (await dispatch(pool, GET, undefined)).body.dump();
    await (await dispatch(pool, GET, undefined)).body.dump();
    expect(sockets.size).toBe(connections);
  });

  it('a reader that stops early ends the request', async () => {
    let closed = false;
    const pool = await poolTo((_request, response) => {
      response.on('close', () => (closed = true));
      response.write('first');
    });
    const { body } = await dispatch(pool, GET, undefined);
    for await (const chunk of body) {
      expect(chunk.toString('utf8')).toBe('first');
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });
});
