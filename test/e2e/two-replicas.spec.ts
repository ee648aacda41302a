import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClientAnswers, type ClientLine, connectClient, type RealClient } from '../support/real-clients.js';
import { eventually } from '../support/eventually.js';
import { canStartRedis } from '../support/redis-server.js';
import { register, SERVERS } from '../support/registry.js';
import { type Replicas, startReplicas } from '../support/replicas.js';
import { type AskingUpstream as LegacyAsking, startAsking } from '../support/upstreams/asking.js';
import { type EverythingUpstream, startEverything } from '../support/upstreams/everything.js';
import { type AskingUpstream as ModernAsking, startModernAsking, WATCHED } from '../support/upstreams/modern-asking.js';

/** A second is the aim, and what it takes on a machine with nothing else to do; a busy one is given more. */
const SOON = { timeout: 4000, interval: 20 };
const ANSWER = { action: 'accept', content: { answer: 'yes', name: 'Ada' } } as const;
const ELICITS: ClientAnswers = { elicit: () => ANSWER };
const clients: RealClient[] = [];
let replicas: Replicas;
let everything: EverythingUpstream;
let legacy: LegacyAsking;
let modern: ModernAsking;

async function connect(line: ClientLine, path: string, answers?: ClientAnswers): Promise<RealClient> {
  const client = await connectClient(line, replicas.proxy.url + path, answers);
  clients.push(client);
  return client;
}

/** Every other request goes elsewhere, and the client's own traffic (its stream, its pings) shifts which. */
async function often(work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 5; i += 1) await work();
}

describe.skipIf(!canStartRedis())('two replicas behind a load balancer that remembers nobody', () => {
  beforeAll(async () => {
    [replicas, everything, legacy, modern] = await Promise.all([
      startReplicas(),
      startEverything('streamableHttp'),
      startAsking(),
      startModernAsking(),
    ]);
    await register(replicas.on(0), { name: 'everything', endpointUrl: everything.url });
    await register(replicas.on(1), { name: 'legacy', endpointUrl: legacy.url });
    await register(replicas.on(0), { name: 'modern', endpointUrl: modern.url });
    await eventually(async () => {
      for (const index of [0, 1]) {
        const { body } = await replicas.on(index).request('GET', '/api/v1/router/metrics');
        expect(body.items.map((item: { server: { name: string } }) => item.server.name).toSorted()).toEqual([
          'everything',
          'legacy',
          'modern',
        ]);
      }
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    expect(Math.min(...replicas.services.map(({ url }) => replicas.proxy.served.get(url) ?? 0))).toBeGreaterThan(0);
  });
  afterAll(async () => {
    await Promise.all([replicas.close(), everything.close(), legacy.close(), modern.close()]);
  });

  describe.each(['v1', 'v2 legacy'] as const)('the client %s with a stateful server', (line) => {
    it('calls, hears of progress, is asked, and cancels, wherever its requests land', async () => {
      const client = await connect(line, '/mcp/servers/everything');
      await often(async () => {
        expect(await client.call('echo', { message: 'hi' })).toContain('Echo: hi');
        const progress: number[] = [];
        const onprogress = (step: { progress: number }): void => void progress.push(step.progress);
        await client.call('trigger-long-running-operation', { duration: 0.1, steps: 2 }, { onprogress });
        expect(progress).toEqual([1, 2]);
        expect(await client.call('trigger-elicitation-request')).toContain('Ada');
        expect(await client.call('trigger-sampling-request', { prompt: 'x', maxTokens: 10 })).toContain('sampled');
        expect(await client.call('get-roots-list')).toContain('file:///work');
      });
      const abort = new AbortController();
      const cancelled = client.call(
        'trigger-long-running-operation',
        { duration: 60, steps: 600 },
        { onprogress: () => abort.abort(), signal: abort.signal },
      );
      await expect(cancelled).rejects.toThrow();
    });

    it('is asked on its own stream, on /mcp too', async () => {
      for (const [path, tool] of [
        ['/mcp/servers/legacy', 'ask-aside'],
        ['/mcp', 'legacy__ask-aside'],
      ] as const) {
        const client = await connect(line, path, ELICITS);
        await client.call(tool.replace('ask-aside', 'plain'));
        await often(async () => expect(await client.call(tool)).toContain('accept yes'));
      }
    });

    it('hears of resources that it subscribed to, of servers of both eras', async () => {
      const old = await connect(line, '/mcp/servers/legacy');
      await old.subscribe('test://watched');
      await expect
        .poll(
          async () => {
            await legacy.notifyUpdated('test://watched');
            return old.heard;
          },
          { timeout: 5000 },
        )
        .toContainEqual(updated('test://watched'));

      const client = await connect(line, '/mcp/servers/modern');
      // To the server's lists, while the session has a stream.
      await expect.poll(() => modern.listening(), { timeout: 5000 }).toBe(1);
      await client.subscribe(WATCHED);
      await expect
        .poll(
          () => {
            modern.resourceUpdated(WATCHED);
            return client.heard;
          },
          { timeout: 5000 },
        )
        .toContainEqual(updated(WATCHED));
      await client.unsubscribe(WATCHED);
      await expect.poll(() => modern.listening(), { timeout: 5000 }).toBe(1);
      await client.close();
      await expect.poll(() => modern.listening(), { timeout: 5000 }).toBe(0);
    });

    it('is asked by a server of 2026-07-28', async () => {
      const client = await connect(line, '/mcp/servers/modern', ELICITS);
      await often(async () => expect(await client.call('ask')).toContain('Ada'));
    });
  });

  it('a modern client is asked by a stateful server, and its answers reach the call', async () => {
    const client = await connect('v2 modern', '/mcp/servers/legacy', ELICITS);
    await often(async () => {
      expect(await client.call('ask')).toContain('accept yes');
      expect(await client.call('ask-again')).toContain('accept yes, accept yes');
    });
  });

  it('show a server that one of them registered, changed or deleted, and say so', async () => {
    const listeners = await Promise.all(
      replicas.services.map(async ({ url }) => {
        const [old, listening] = await Promise.all([
          connectClient('v1', `${url}/mcp`),
          connectClient('v2 modern', `${url}/mcp`),
        ]);
        clients.push(old, listening);
        await listening.subscribe(WATCHED);
        return { old, listening };
      }),
    );
    const added = await startAsking();
    const announced = (): number[] =>
      listeners.flatMap(({ old, listening }) =>
        [old, listening].map(
          ({ heard }) => heard.filter(({ method }) => method === 'notifications/tools/list_changed').length,
        ),
      );
    const show = async (tool: string): Promise<boolean> => {
      const lists = listeners.flatMap(({ old, listening }) => [old.tools(), listening.tools()]);
      return (await Promise.all(lists)).every((tools) => tools.includes(tool));
    };
    // A stream that is being opened hears nothing yet.
    await eventually(async () => {
      for (const index of [0, 1]) {
        expect((await replicas.on(index).request('GET', '/metrics')).body).toMatch(/^mcp_streams 2$/m);
      }
    });
    const { id } = await register(replicas.on(0), { name: 'added', endpointUrl: added.url });
    await expect.poll(() => show('added__plain'), SOON).toBe(true);
    await expect.poll(() => announced().every((times) => times > 0), SOON).toBe(true);
    const before = announced();
    added.addTool('more');
    await replicas.on(1).request('POST', `${SERVERS}/${id}/probe`);
    await expect.poll(() => show('added__more'), SOON).toBe(true);
    await expect.poll(() => announced().every((times, i) => times > (before[i] ?? 0)), SOON).toBe(true);
    await replicas.on(0).request('DELETE', `${SERVERS}/${id}`);
    await expect
      .poll(async () => (await replicas.on(1).request('POST', '/mcp/servers/added', {})).status, SOON)
      .toBe(404);
    await added.close();
  });
});

function updated(uri: string): unknown {
  return expect.objectContaining({
    method: 'notifications/resources/updated',
    params: expect.objectContaining({ uri }),
  });
}
