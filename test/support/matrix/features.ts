import { expect } from 'vitest';
import type { SettableClock } from '../settable-clock.js';
import type { ClientAnswers, RealClient } from '../real-clients.js';
import { type MatrixServer, STEPS } from './matrix-server.js';

export type PairEra = 'modern' | 'legacy';

/** One pair on one endpoint: what a feature is tried with. */
export interface Stand {
  readonly client: PairEra;
  readonly server: PairEra;
  readonly upstream: MatrixServer;
  readonly clock: SettableClock;
  /** Where the client is connected to. */
  readonly url: string;
  /** `/mcp`, with all servers. */
  readonly isAggregate: boolean;
  /** A client of the pair's era, closed behind the feature. */
  readonly connect: (answers?: ClientAnswers) => Promise<RealClient>;
  /** A tool or prompt of the server as this endpoint names it. */
  readonly named: (name: string) => string;
  /** Calls that the gateway has with the server. */
  readonly inFlight: () => Promise<number>;
  /** The same with an entry of the registry that no other feature uses. */
  readonly withFresh: (run: (fresh: FreshEntry) => Promise<void>) => Promise<void>;
}

export interface FreshEntry extends Pick<Stand, 'connect' | 'named'> {
  /** The server is read anew, as a health check does. */
  readonly probe: () => Promise<unknown>;
}

/** Tries one thing, and says what came of it. @throws when it is none of what may come of it. */
export interface Feature {
  readonly title: string;
  run(stand: Stand): Promise<string>;
}

/** What needs no answer of the client's. */
export const PLAIN_FEATURES: readonly Feature[] = [
  {
    title: 'tools',
    run: async ({ connect, named }) => {
      const client = await connect();
      expect(await client.tools()).toContain(named('echo'));
      expect(await client.call(named('echo'), { text: 'hi' })).toContain('hi');
      return 'listed and called';
    },
  },
  {
    title: 'progress',
    run: async ({ connect, named }) => {
      const client = await connect();
      const heard: number[] = [];
      await client.call(named('steps'), {}, { onprogress: ({ progress }) => void heard.push(progress) });
      expect(heard).toEqual(STEPS);
      return `${heard.join(', ')} heard before the answer`;
    },
  },
  {
    title: 'cancellation',
    run: async ({ connect, named, upstream, inFlight }) => {
      const client = await connect();
      const abort = new AbortController();
      const before = upstream.stopped.length;
      const call = client.call(named('hang'), {}, { onprogress: () => abort.abort(), signal: abort.signal });
      await expect(call).rejects.toThrow();
      await expect.poll(() => upstream.stopped.slice(before), { timeout: 5000 }).toEqual(['hang']);
      await expect.poll(inFlight, { timeout: 5000 }).toBe(0);
      return 'the server is told, and stops';
    },
  },
  {
    title: 'logging',
    run: async ({ connect, named }) => {
      const client = await connect();
      await client.setLevel('warning');
      await client.call(named('log'));
      const levels = client.heard
        .filter(({ method }) => method === 'notifications/message')
        .map(({ params }) => (params as { level: string }).level);
      expect(levels).toEqual(['warning', 'error']);
      return `from \`warning\` on: ${levels.map((level) => `\`${level}\``).join(', ')}`;
    },
  },
  {
    title: 'resource subscription',
    run: async ({ connect, upstream }) => {
      const client = await connect();
      await client.subscribe(upstream.watched);
      await expect
        .poll(
          async () => {
            await upstream.resourceUpdated();
            return client.heard;
          },
          { timeout: 10_000 },
        )
        .toContainEqual(
          expect.objectContaining({
            method: 'notifications/resources/updated',
            params: expect.objectContaining({ uri: upstream.watched }),
          }),
        );
      return 'the update is heard';
    },
  },
  {
    title: 'list changes',
    run: async ({ client: era, server, upstream, isAggregate, withFresh }) => {
      // A stream to each server for each listener to all of them would be too many.
      const isUnwatched = era === 'modern' && server === 'modern' && isAggregate;
      // One server is read anew once in ten seconds at most.
      await withFresh(async ({ connect, named, probe }) => {
        const client = await connect();
        if (era === 'modern') await client.subscribe(upstream.watched);
        await client.call(named('echo'), { text: 'hi' });
        await expect
          .poll(
            async () => {
              await upstream.toolsChanged();
              if (isUnwatched) await probe();
              return client.heard.map(({ method }) => method);
            },
            { timeout: 20_000, interval: 250 },
          )
          .toContain('notifications/tools/list_changed');
      });
      return isUnwatched ? 'heard, once a health check has found it' : 'heard, once the list has it';
    },
  },
  {
    title: 'prompts and completion',
    run: async ({ connect, named }) => {
      const client = await connect();
      expect(await client.prompt(named('greet'), { name: 'Ada' })).toContain('Greet Ada.');
      const values = await client.complete(named('greet'), 'name', 'Ad');
      expect(values).toEqual(['Ada', 'Adam']);
      return `got; \`Ad\` completes to ${values.join(', ')}`;
    },
  },
  {
    title: 'a tool that fails',
    run: async ({ connect, named }) => {
      expect(await (await connect()).call(named('fail'))).toContain('it failed');
      return 'a result with `isError`';
    },
  },
  {
    title: 'an unknown tool',
    run: async ({ connect, named }) => {
      const client = await connect();
      return expectCode(client.call(named('nothing')), -32602);
    },
  },
  {
    title: 'an unknown resource',
    run: async ({ connect, client: era, upstream }) => {
      const client = await connect();
      expect(await client.read(upstream.watched)).toContain('Watched.');
      return expectCode(client.read('test://nothing'), era === 'modern' ? -32602 : -32002);
    },
  },
];

/** The code of the JSON-RPC error that the client got, in words for the table. */
export async function expectCode(call: Promise<unknown>, code: number): Promise<string> {
  await expect(call).rejects.toMatchObject({ code });
  return `error \`${String(code)}\``;
}
