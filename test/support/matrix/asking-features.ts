import { expect } from 'vitest';
import { ANSWER_WITHIN_MS } from '../../../src/modules/gateway/bridge/legacy-to-modern/input-round.js';
import { SUSPENSION_LIMITS } from '../../../src/modules/gateway/bridge/modern-to-legacy/bridge-limits.js';
import { expectCode, type Feature, type Stand } from './features.js';
import { SIGN_IN_URL } from './matrix-server.js';

/** What servers ask in the middle of a call. */
export const ASKING_FEATURES: readonly Feature[] = [
  form('accepted', { action: 'accept', content: { name: 'Ada' } }, 'accept Ada'),
  form('declined', { action: 'decline' }, 'decline'),
  form('cancelled', { action: 'cancel' }, 'cancel'),
  { title: 'elicitation, never answered', run: (stand) => neverAnswered(stand) },
  {
    title: 'elicitation by URL',
    run: async ({ client: era, server, connect, named }) => {
      const urls: unknown[] = [];
      const client = await connect({
        capabilities: { elicitation: { url: {} } },
        elicit: (params) => {
          urls.push((params as { url?: unknown }).url);
          return { action: 'accept' };
        },
      });
      if (era === 'legacy' && server === 'legacy') {
        // The server's own word of 2025-11-25 for it, which is not asked but told.
        const refused = await expectCode(client.call(named('sign_in')), -32042);
        expect(await client.call(named('sign_in'))).toContain('signed in');
        return `${refused} with the URL; called again, it goes on`;
      }
      expect(await client.call(named('sign_in'))).toContain(server === 'legacy' ? 'signed in' : 'accept');
      expect(urls).toEqual([SIGN_IN_URL]);
      return server === 'legacy' ? '`-32042` becomes a question with the URL; it goes on' : 'asked; it goes on';
    },
  },
  {
    title: 'sampling',
    run: async ({ connect, named }) => {
      expect(await (await connect()).call(named('sample'))).toContain('sampled');
      return 'asked, and answered';
    },
  },
  {
    title: 'roots',
    run: async ({ connect, named }) => {
      expect(await (await connect()).call(named('roots'))).toContain('file:///work');
      return 'asked, and answered';
    },
  },
  {
    title: 'sampling that the client did not declare',
    run: async ({ client: era, server, connect, named }) => {
      const client = await connect({ capabilities: {} });
      const call = client.call(named('sample'));
      // 2025-11-25 has no code for it: the server asks, is told that there is no such method, and says so of its call.
      if (server === 'legacy') return expectCode(call, -32601);
      return expectCode(call, era === 'modern' ? -32021 : -32602);
    },
  },
];

type Elicited = { action: 'accept'; content: { name: string } } | { action: 'decline' | 'cancel' };

function form(how: string, answer: Elicited, heard: string): Feature {
  return {
    title: `elicitation, ${how}`,
    run: async ({ connect, named }) => {
      const client = await connect({ elicit: () => answer });
      expect(await client.call(named('ask'))).toContain(`"${heard}"`);
      return `the server hears \`${heard}\``;
    },
  };
}

/** A client that is asked and says nothing: nobody may wait for it for ever. */
async function neverAnswered({
  client: era,
  server,
  connect,
  named,
  upstream,
  clock,
  inFlight,
}: Stand): Promise<string> {
  let asked = 0;
  const client = await connect({
    elicit: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  const before = upstream.stopped.length;
  // Where both are legacy, it is between the two of them.
  const args = era === 'legacy' && server === 'legacy' ? { patienceMs: 300 } : {};
  const outcome = client.call(named('ask'), args).catch((error: unknown) => error);
  await expect.poll(() => asked).toBe(1);
  switch (`${era} ${server}`) {
    case 'legacy legacy':
      expect(await outcome).toMatchObject({ code: -32001 });
      await expect.poll(inFlight).toBe(0);
      return "the server's own time limit: error `-32001`";
    case 'legacy modern': {
      expect(await inFlight()).toBe(0);
      clock.advance(ANSWER_WITHIN_MS);
      expect(await outcome).toContain('no answer in time');
      return `after ${minutes(ANSWER_WITHIN_MS)} a result with \`isError\`; the server waits for nothing`;
    }
    case 'modern legacy': {
      expect(upstream.running()).toBe(1);
      clock.advance(SUSPENSION_LIMITS.answerWithinMs);
      await expect.poll(() => upstream.stopped.slice(before)).toEqual(['ask']);
      await expect.poll(inFlight).toBe(0);
      return `after ${minutes(SUSPENSION_LIMITS.answerWithinMs)} the server is told to stop`;
    }
    default:
      expect(upstream.running()).toBe(0);
      expect(await inFlight()).toBe(0);
      return 'nobody waits: the server has answered';
  }
}

function minutes(ms: number): string {
  return `${String(ms / 60_000)} minutes`;
}
