import { z } from 'zod';
import { commaList, cursor, flag, limit, text } from '../../http/text.js';
import { SERVER_STATUSES, TRANSPORTS } from '../../kernel/words.js';
import { MOST_NAMES } from './queries.js';

const DEFAULT_LIMIT = 20;

const names = (what: string) =>
  commaList(MOST_NAMES, 512).optional().describe(`Comma-separated exact names of ${what}`);
const FreeText = text(1000).optional().describe('Free text; answers are ranked, and there is no next page');
const common = {
  match: z
    .enum(['all', 'any'])
    .optional()
    .describe('Servers that offer all of the names (the default), or any of them'),
  includeInactive: flag.optional().describe('true: what unhealthy servers offer too'),
  limit: limit(DEFAULT_LIMIT),
  cursor,
};

export const DiscoverTools = z.strictObject({ tools: names('tools'), q: FreeText, ...common });
export const DiscoverPrompts = z.strictObject({ prompts: names('prompts'), q: FreeText, ...common });
export const DiscoverResources = z.strictObject({
  resources: names('resources, or URIs'),
  type: text(255).optional().describe('Exact MIME type'),
  q: FreeText,
  ...common,
});
export const DiscoverServers = z.strictObject({
  q: FreeText,
  capabilities: commaList(20, 50).optional().describe('Comma-separated MCP capabilities, all of them: tools,prompts'),
  includeInactive: common.includeInactive,
  limit: limit(DEFAULT_LIMIT),
  cursor,
});

const example = '0198c0de-0000-7000-8000-000000000001';
const Definition = z.looseObject({});
const Offering = z.object({ id: z.uuid(), name: z.string(), status: z.enum(SERVER_STATUSES) });
const Score = z.number().optional().describe('In answers to free text: higher is better, within one answer');

const Server = z
  .object({
    id: z.uuid(),
    name: z.string(),
    version: z.string(),
    alias: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    status: z.enum(SERVER_STATUSES),
    transportType: z.enum(TRANSPORTS).nullable(),
    tags: z.array(z.string()),
    capabilities: Definition,
    score: Score,
  })
  .meta({ id: 'DiscoveredServer' });

const exampleOffering = { id: example, name: 'everything', status: 'healthy' };
const exampleServer = {
  ...exampleOffering,
  version: '1.0.0',
  alias: 'everything',
  title: null,
  description: null,
  transportType: 'streamable-http',
  tags: ['demo'],
  capabilities: { tools: {} },
};

const answer = { servers: z.array(Server), nextCursor: z.string().nullable() };

export const DiscoveredTools = z
  .object({
    tools: z.array(
      z.object({
        id: z.uuid(),
        name: z.string(),
        title: z.string().nullable(),
        description: z.string().nullable(),
        inputSchema: Definition,
        outputSchema: Definition.nullable(),
        annotations: Definition.nullable(),
        server: Offering,
        score: Score,
      }),
    ),
    ...answer,
  })
  .meta({
    id: 'DiscoveredTools',
    examples: [
      {
        tools: [
          {
            id: example,
            name: 'echo',
            title: null,
            description: 'Echoes back the input',
            inputSchema: { type: 'object', properties: { message: { type: 'string' } } },
            outputSchema: null,
            annotations: null,
            server: exampleOffering,
          },
        ],
        servers: [exampleServer],
        nextCursor: null,
      },
    ],
  });

export const DiscoveredResources = z
  .object({
    resources: z.array(
      z.object({
        id: z.uuid(),
        uri: z.string().nullable(),
        uriTemplate: z.string().nullable(),
        name: z.string(),
        mimeType: z.string().nullable(),
        description: z.string().nullable(),
        server: Offering,
        score: Score,
      }),
    ),
    ...answer,
  })
  .meta({
    id: 'DiscoveredResources',
    examples: [
      {
        resources: [
          {
            id: example,
            uri: 'demo://resource/static/document/features.md',
            uriTemplate: null,
            name: 'features.md',
            mimeType: 'text/markdown',
            description: null,
            server: exampleOffering,
          },
        ],
        servers: [exampleServer],
        nextCursor: null,
      },
    ],
  });

export const DiscoveredPrompts = z
  .object({
    prompts: z.array(
      z.object({
        id: z.uuid(),
        name: z.string(),
        description: z.string().nullable(),
        arguments: z.array(Definition).nullable(),
        server: Offering,
        score: Score,
      }),
    ),
    ...answer,
  })
  .meta({
    id: 'DiscoveredPrompts',
    examples: [
      {
        prompts: [
          { id: example, name: 'simple-prompt', description: 'A prompt', arguments: null, server: exampleOffering },
        ],
        servers: [exampleServer],
        nextCursor: null,
      },
    ],
  });

export const DiscoveredServers = z
  .object({ servers: z.array(Server), nextCursor: z.string().nullable() })
  .meta({ id: 'DiscoveredServers', examples: [{ servers: [exampleServer], nextCursor: null }] });
