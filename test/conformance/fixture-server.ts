import { createRequestStateCodec, McpServer } from '@modelcontextprotocol/server';
import { registerClientRequestTools } from './client-request-tools.js';
import { registerContentTools } from './content-tools.js';
import type { FixtureState } from './fixture-state.js';
import { registerInputRequiredTools } from './input-required-tools.js';
import { registerPrompts } from './prompts.js';
import { registerResources } from './resources.js';

const codec = createRequestStateCodec({ key: 'a key for tests, 32 bytes or more' });

/** A server with everything that the conformance suite asks for, with the names and texts that it fixes. */
export function fixtureServer(state: FixtureState): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      instructions: 'Everything that the conformance suite asks for.',
      requestState: { verify: (state, context) => codec.verify(state, context) },
    },
  );
  registerContentTools(server, state);
  registerClientRequestTools(server);
  registerInputRequiredTools(server, codec);
  registerResources(server);
  registerPrompts(server, state);
  return server;
}
