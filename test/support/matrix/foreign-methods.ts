import { expect } from 'vitest';
import { WireClient } from '../wire-client.js';
import type { Feature, PairEra } from './features.js';

/** Methods that clients of an era do not have, though servers of the other know them: the SDK's clients would not send them. */
const FOREIGN: Readonly<Record<PairEra, readonly string[]>> = {
  legacy: ['subscriptions/listen'],
  modern: ['ping', 'logging/setLevel', 'resources/subscribe'],
};
const METHOD_NOT_FOUND = -32601;

/** What one era has no words for: always an error, never silence. */
export const FOREIGN_METHODS: readonly Feature[] = [
  {
    title: 'methods of the other era',
    run: async ({ client: era, url }) => {
      const client = await WireClient.open(url, era);
      for (const method of FOREIGN[era]) await expectNotFound(client, method);
      return `${FOREIGN[era].map((method) => `\`${method}\``).join(', ')}: error \`${String(METHOD_NOT_FOUND)}\``;
    },
  },
  {
    title: 'tasks',
    run: async ({ client: era, url }) => {
      await expectNotFound(await WireClient.open(url, era), 'tasks/get');
      return `not declared; \`tasks/get\`: error \`${String(METHOD_NOT_FOUND)}\``;
    },
  },
];

async function expectNotFound(client: WireClient, method: string): Promise<void> {
  const { messages } = await client.request(method, { uri: 'test://watched', level: 'info', taskId: 'x' });
  expect(messages.at(-1), method).toMatchObject({ error: { code: METHOD_NOT_FOUND } });
}
