import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Secrets } from '../../src/config/secrets.js';
import { AppError } from '../../src/kernel/app-error.js';
import { RedisClient, RedisSubscriber } from '../../src/modules/cache/index.js';
import type { Incoming } from '../../src/modules/gateway/replicas/incoming-exchange.js';
import type { Outlet } from '../../src/modules/gateway/endpoint/outlet.js';
import { ReplicaInbox, type ReplicaHandler } from '../../src/modules/gateway/replicas/replica-inbox.js';
import { eventually } from '../support/eventually.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';

const KINDS = ['call', 'accepted', 'json', 'stream', 'echo', 'told', 'inside', 'left', 'broken'];
const MIB = 1024 * 1024;
const GONE = { kind: 'upstream_failed', code: 'gateway.replica_gone' };
let redis: HarmedRedis;
const closing: (() => unknown)[] = [];

interface Replica {
  readonly inbox: ReplicaInbox;
  readonly client: RedisClient;
  /** As when its process is killed. */
  kill(): void;
}

async function connected(): Promise<{ client: RedisClient; subscriber: RedisSubscriber; kill: () => void }> {
  const client = new RedisClient(redis.url);
  const subscriber = new RedisSubscriber(redis.url);
  const kill = (): void => {
    client.close();
    subscriber.close();
  };
  closing.push(kill);
  client.connect();
  subscriber.connect();
  await eventually(() => {
    expect([client.isReady, subscriber.isListening]).toEqual([true, true]);
  });
  return { client, subscriber, kill };
}

async function replica(name: string, options: { key?: string; silentAtMostMs?: number } = {}): Promise<Replica> {
  const { key = 'a key that all replicas of this test have', silentAtMostMs = 10_000 } = options;
  const { client, subscriber, kill } = await connected();
  const times = { silentAtMostMs, beatEveryMs: silentAtMostMs / 4 };
  const inbox = new ReplicaInbox(name, client, subscriber, new Secrets([key]), times);
  inbox.join();
  await eventually(async () => {
    expect(await client.publish(`mreg:inbox:${name}:exchanges`, Buffer.from(''))).toBe(1);
    expect(await client.publish(`mreg:inbox:${name}`, Buffer.from(''))).toBe(1);
  });
  closing.push(() => inbox.close());
  return { inbox, client, kill };
}

/** A client's HTTP answer, as far as a test needs one. */
class Sink implements Outlet {
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  readonly contentType = undefined;
  readonly unreadBytes = 0;
  readonly #listeners: (() => void)[] = [];
  /** What each write waits for. */
  gate: Promise<unknown> = Promise.resolve();

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get started(): boolean {
    return this.events.length > 0;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body?: Buffer): void {
    if (body) this.chunks.push(body);
    this.events.push(`send ${String(status)} ${JSON.stringify(headers)}`);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.events.push(`start ${String(status)} ${JSON.stringify(headers)}`);
  }

  async write(bytes: Buffer): Promise<void> {
    this.chunks.push(bytes);
    await this.gate;
  }

  end(bytes?: Buffer): void {
    if (bytes) this.chunks.push(bytes);
    this.events.push('end');
  }

  destroy(): void {
    this.events.push('destroy');
  }

  onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  leave(): void {
    for (const listener of this.#listeners) listener();
  }
}

function patterned(bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  for (let n = 0; n < bytes; n += 1) buffer[n] = (n * 7 + (n >> 10)) & 255;
  return buffer;
}

describe.skipIf(!canStartRedis())('ReplicaInbox', () => {
  beforeAll(async () => {
    redis = await startHarmedRedis();
  });
  afterAll(() => redis.close());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  it('delivers messages, and knows who is not there (any more)', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const heard: string[] = [];
    b.inbox.onMessage('hello', (meta, from) => heard.push(`${from} ${JSON.stringify(meta)}`));
    a.inbox.onMessage('hello', () => heard.push('itself'));
    expect(await a.inbox.send('b', 'hello', { n: 1 })).toBe('delivered');
    expect(await a.inbox.send('b', 'unheard of', {})).toBe('delivered');
    expect(await a.inbox.send('nobody', 'hello', {})).toBe('gone');
    await a.inbox.broadcast('hello', 'all');
    await eventually(() => {
      expect(heard).toEqual(['a {"n":1}', 'a "all"']);
    });
    await b.inbox.leave();
    expect(await a.inbox.send('b', 'hello', {})).toBe('gone');
  });

  it('answers a call through another replica', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    serveAll(b.inbox, async ({ kind, meta, body, from, outlet }) => {
      outlet.start(201, { 'x-kind': kind, 'x-from': from });
      await outlet.write(Buffer.from(JSON.stringify(meta)));
      outlet.end(body);
    });
    const sink = new Sink();
    const call = a.inbox.ask('b', 'call', { q: 1 }, Buffer.from('body'), sink);
    await call.done;
    expect(sink.bytes.toString()).toBe('{"q":1}body');
    expect(sink.events).toEqual(['start 201 {"x-kind":"call","x-from":"a"}', 'end']);
    expect(await call.delivery).toBe('delivered');
    expect([a.inbox.openExchanges, b.inbox.openExchanges]).toEqual([0, 0]);
  });

  it('passes a whole answer on as one', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    serveAll(b.inbox, ({ kind, body, outlet }) => {
      if (kind === 'accepted') outlet.send(202, {});
      else outlet.send(200, { 'content-type': 'application/json' }, [Buffer.from('['), body, Buffer.from(']')]);
      expect([outlet.started, outlet.contentType]).toEqual([
        true,
        kind === 'accepted' ? undefined : 'application/json',
      ]);
    });
    const sinks = [new Sink(), new Sink()] as const;
    await a.inbox.ask('b', 'accepted', {}, Buffer.alloc(0), sinks[0]).done;
    expect([sinks[0].events, sinks[0].bytes.length]).toEqual([['send 202 {}'], 0]);
    await a.inbox.ask('b', 'json', {}, Buffer.from('1'), sinks[1]).done;
    expect(sinks[1].bytes.toString()).toBe('[1]');
    expect(sinks[1].events).toEqual(['send 200 {"content-type":"application/json"}']);
    const large = new Sink();
    await a.inbox.ask('b', 'json', {}, patterned(MIB), large).done;
    expect(large.bytes.length).toBe(MIB + 2);
    expect(large.events[0]).toContain(`"content-length":"${String(MIB + 2)}"`);
  });

  it('sends the head at once, and bytes as they come', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const served: Incoming[] = [];
    serveAll(b.inbox, (incoming) => {
      served.push(incoming);
      incoming.outlet.start(200, { 'content-type': 'text/event-stream' });
    });
    const sink = new Sink();
    const call = a.inbox.ask('b', 'stream', {}, Buffer.alloc(0), sink);
    await eventually(() => {
      expect(sink.events).toHaveLength(1);
    });
    for (const text of ['one', 'two']) {
      await served[0]?.outlet.write(Buffer.from(text));
      await eventually(() => {
        expect(sink.bytes.toString()).toContain(text);
      });
    }
    served[0]?.outlet.end();
    await call.done;
  });

  it('carries large bodies both ways, and no more than the window while the reader is slow', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const request = patterned(4 * MIB);
    const answer = patterned(6 * MIB + 17);
    const bodies: Buffer[] = [];
    let written = 0;
    serveAll(b.inbox, async ({ body, outlet }) => {
      bodies.push(body);
      outlet.start(200, {});
      for (let start = 0; start < answer.length; start += 100_000) {
        await outlet.write(answer.subarray(start, start + 100_000));
        written = start + 100_000;
      }
      outlet.end();
    });
    const sink = new Sink();
    const gate = deferred();
    sink.gate = gate.promise;
    const call = a.inbox.ask('b', 'call', {}, request, sink);
    await eventually(() => {
      expect(written).toBeGreaterThan(MIB - 200_000);
    });
    // Whatever was on its way before this message has arrived with it.
    const markers: unknown[] = [];
    b.inbox.onMessage('marker', (meta) => markers.push(meta));
    await a.inbox.send('b', 'marker', {});
    await eventually(() => {
      expect(markers).toHaveLength(1);
    });
    expect(written).toBeLessThanOrEqual(MIB + 100_000);
    gate.resolve();
    await call.done;
    expect(bodies[0]?.equals(request)).toBe(true);
    expect(sink.bytes.equals(answer)).toBe(true);
  });

  it('runs many calls at once, each with its own answer', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    for (const one of [a, b]) {
      serveAll(one.inbox, ({ body, outlet }) => {
        outlet.start(200, {});
        outlet.end(body);
      });
    }
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const sink = new Sink();
        const [from, to] = n % 2 ? ([a, 'b'] as const) : ([b, 'a'] as const);
        const body = patterned(1000 + n);
        await from.inbox.ask(to, 'echo', {}, body, sink).done;
        expect(sink.bytes.equals(body)).toBe(true);
      }),
    );
  });

  it('passes an error on as it is, and says nothing of what broke inside', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    serveAll(b.inbox, ({ kind }) => {
      if (kind === 'told')
        throw new AppError('conflict', 'x.told', 'so it is', { retryAfterSeconds: 3, data: { n: 1 } });
      throw new Error('a secret of the process');
    });
    const sink = new Sink();
    await expect(a.inbox.ask('b', 'told', {}, Buffer.alloc(0), sink).done).rejects.toMatchObject({
      kind: 'conflict',
      code: 'x.told',
      message: 'so it is',
      retryAfterSeconds: 3,
      data: { n: 1 },
    });
    const failed: unknown = await a.inbox.ask('b', 'inside', {}, Buffer.alloc(0), sink).done.catch((e: unknown) => e);
    expect(failed).toMatchObject({ kind: 'internal', code: 'gateway.replica_failed' });
    expect(String(failed)).not.toContain('secret');
    expect(sink.events).toEqual([]);
  });

  it('ends the work when the client leaves, and the answer when the worker breaks it off', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const closed: string[] = [];
    const served: Incoming[] = [];
    serveAll(b.inbox, (incoming) => {
      served.push(incoming);
      incoming.outlet.onClose(() => closed.push(incoming.kind));
      incoming.outlet.start(200, {});
    });
    const [left, broken] = [new Sink(), new Sink()];
    const calls = [
      a.inbox.ask('b', 'left', {}, Buffer.alloc(0), left),
      a.inbox.ask('b', 'broken', {}, Buffer.alloc(0), broken),
    ];
    await eventually(() => {
      expect([left.events.length, broken.events.length]).toEqual([1, 1]);
    });
    left.leave();
    await eventually(() => {
      expect(closed).toEqual(['left']);
    });
    served[1]?.outlet.destroy();
    await expect(calls[1]?.done).rejects.toMatchObject(GONE);
    expect(broken.events.at(-1)).toBe('destroy');
    await expect(calls[0]?.done).rejects.toMatchObject(GONE);
    expect([a.inbox.openExchanges, b.inbox.openExchanges]).toEqual([0, 0]);
  });

  it('gives up clearly when the other replica is killed mid-way, on either side', async () => {
    const [a, b, c] = [
      await replica('a', { silentAtMostMs: 800 }),
      await replica('b', { silentAtMostMs: 800 }),
      await replica('c', { silentAtMostMs: 800 }),
    ];
    const closed: string[] = [];
    for (const one of [a, b]) {
      serveAll(one.inbox, ({ from, outlet }) => {
        outlet.onClose(() => closed.push(from));
        outlet.start(200, {});
        void outlet.write(Buffer.from('half'));
      });
    }
    const [sink, lost] = [new Sink(), new Sink()];
    const call = a.inbox.ask('b', 'call', {}, Buffer.alloc(0), sink);
    c.inbox.ask('a', 'call', {}, Buffer.alloc(0), lost);
    await eventually(() => {
      expect([sink.bytes.toString(), lost.bytes.toString()]).toEqual(['half', 'half']);
    });
    b.kill();
    c.kill();
    await expect(call.done).rejects.toMatchObject(GONE);
    expect(sink.events.at(-1)).toBe('destroy');
    await eventually(() => {
      expect(closed).toContain('c');
    });
    expect(a.inbox.openExchanges).toBe(0);
    const never = a.inbox.ask('b', 'call', {}, Buffer.alloc(0), new Sink());
    expect(await never.delivery).toBe('gone');
    await expect(never.done).rejects.toMatchObject(GONE);
  });

  it('gives up on a replica that is there and says nothing', async () => {
    const a = await replica('a', { silentAtMostMs: 400 });
    const mute = await connected();
    for (const channel of ['mreg:inbox:mute', 'mreg:inbox:mute:exchanges']) {
      mute.subscriber.subscribe(channel, () => undefined);
    }
    await eventually(async () => {
      expect(await a.client.publish('mreg:inbox:mute', Buffer.alloc(1))).toBe(1);
    });
    const call = a.inbox.ask('mute', 'call', {}, Buffer.alloc(0), new Sink());
    expect(await call.delivery).toBe('delivered');
    await expect(call.done).rejects.toMatchObject(GONE);
  });

  it('keeps a long silent call open with beats', async () => {
    const [a, b] = [await replica('a', { silentAtMostMs: 400 }), await replica('b', { silentAtMostMs: 400 })];
    const working = deferred();
    serveAll(b.inbox, async ({ outlet }) => {
      await working.promise;
      outlet.start(200, {});
      outlet.end(Buffer.from('late'));
    });
    const spy = await connected();
    let beats = 0;
    spy.subscriber.subscribe('mreg:inbox:a:exchanges', () => (beats += 1));
    const sink = new Sink();
    const call = a.inbox.ask('b', 'call', {}, Buffer.alloc(0), sink);
    // Each is 100 ms after the one before.
    await eventually(() => {
      expect(beats).toBeGreaterThan(8);
    });
    working.resolve();
    await call.done;
    expect(sink.bytes.toString()).toBe('late');
  });

  it('finishes what is open after it has left', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    const served: Incoming[] = [];
    serveAll(b.inbox, (incoming) => void served.push(incoming));
    const sink = new Sink();
    const call = a.inbox.ask('b', 'call', {}, Buffer.alloc(0), sink);
    await eventually(() => {
      expect(served).toHaveLength(1);
    });
    await b.inbox.leave();
    const refused = a.inbox.ask('b', 'call', {}, Buffer.alloc(0), new Sink());
    expect(await refused.delivery).toBe('gone');
    served[0]?.outlet.start(200, {});
    served[0]?.outlet.end(patterned(3 * MIB));
    await call.done;
    expect(sink.bytes.equals(patterned(3 * MIB))).toBe(true);
  });

  it('ignores what was signed with another key, or sent again', async () => {
    const [a, b, stranger] = [await replica('a'), await replica('b'), await replica('x', { key: 'of somebody else' })];
    const heard: unknown[] = [];
    b.inbox.onMessage('hello', (meta) => heard.push(meta));
    const spy = await connected();
    const overheard: Buffer[] = [];
    spy.subscriber.subscribe('mreg:inbox:b', (message) => overheard.push(message));
    await eventually(async () => {
      expect(await spy.client.publish('mreg:inbox:b', Buffer.from('junk'))).toBe(2);
    });
    expect(await stranger.inbox.send('b', 'hello', 'forged')).toBe('delivered');
    expect(await a.inbox.send('b', 'hello', 'real')).toBe('delivered');
    await eventually(() => {
      expect(heard).toEqual(['real']);
    });
    for (const message of overheard.splice(0)) await spy.client.publish('mreg:inbox:b', message);
    await a.inbox.send('b', 'hello', 'last');
    await eventually(() => {
      expect(heard).toEqual(['real', 'last']);
    });
  });

  it('says at once that there is no way while Redis is away, and finds it again', async () => {
    const [a, b] = [await replica('a'), await replica('b')];
    serveAll(b.inbox, ({ outlet }) => {
      outlet.start(200, {});
      outlet.end();
    });
    await redis.kill();
    await eventually(() => {
      expect(a.client.isReady).toBe(false);
    });
    expect(() => a.inbox.ask('b', 'call', {}, Buffer.alloc(0), new Sink())).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'gateway.replicas_unavailable', retryAfterSeconds: 2 }),
    );
    expect(await a.inbox.send('b', 'hello', {})).toBe('unknown');
    await redis.restart();
    await eventually(async () => {
      await a.inbox.ask('b', 'call', {}, Buffer.alloc(0), new Sink()).done;
    });
  });
});

/** Whatever kind of call it is. */
function serveAll(inbox: ReplicaInbox, handler: ReplicaHandler): void {
  for (const kind of KINDS) inbox.serve(kind, handler);
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  const settle: (() => void)[] = [];
  const promise = new Promise<void>((resolve) => settle.push(resolve));
  return { promise, resolve: () => settle[0]?.() };
}
