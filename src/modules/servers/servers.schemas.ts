import { z } from 'zod';
import { commaList, cursor, limit, text } from '../../http/text.js';
import { SERVER_STATUSES, TRANSPORTS, VISIBILITIES } from '../../kernel/words.js';
import { GivenCredential } from './credentials/credentials.schemas.js';
import { ALIAS, isServerName } from './names.js';

const example = '0198c0de-0000-7000-8000-000000000001';

export const ServerId = z.uuid('the server id in the path must be a UUID').meta({ examples: [example] });

const Name = text(200).refine(
  isServerName,
  'must be plain ([A-Za-z0-9][A-Za-z0-9._-]{0,99}) or namespaced (io.github.acme/weather)',
);
const Tags = z.array(text(64).min(1)).max(50);
const Title = text(200).min(1);
const Description = text(2000);
const Settings = z
  .strictObject({
    timeoutMs: z.int().min(100).max(600_000).optional().describe('Deadline of a call in milliseconds'),
    maxInFlight: z.int().min(1).max(10_000).optional().describe('Calls under way at once'),
    weight: z.int().min(1).max(1000).optional().describe('Share under the strategy `weighted`'),
  })
  .meta({ id: 'ServerSettings' });
const EndpointUrl = text(2048).min(1).describe('http or https, without user name and fragment');
const Transport = z.enum(TRANSPORTS).describe('streamable-http and sse are supported');

export const RegisterServer = z
  .strictObject({
    name: Name,
    endpointUrl: EndpointUrl,
    transportType: Transport.default('streamable-http'),
    version: text(255)
      .min(1)
      .regex(/^[^\s@/\\]+$/, 'must not contain white space, @ or slashes')
      .default('1.0.0'),
    title: Title.optional(),
    description: Description.optional(),
    tags: Tags.default([]),
    alias: z
      .string()
      .regex(ALIAS, 'must be 1 to 40 of a-z, 0-9 and -')
      .optional()
      .describe('Never changes; made from the name when not given'),
    visibility: z.enum(VISIBILITIES).default('tenant'),
    settings: Settings.default({}),
    credentials: GivenCredential.optional(),
    autoDiscover: z.boolean().default(true).describe('Probe and sync before answering'),
  })
  .meta({
    id: 'RegisterServer',
    examples: [{ name: 'everything', endpointUrl: 'http://127.0.0.1:3001/mcp', tags: ['demo'] }],
  });

export const ChangeServer = z
  .strictObject({
    title: Title.nullable().optional(),
    description: Description.nullable().optional(),
    tags: Tags.optional(),
    endpointUrl: EndpointUrl.optional(),
    transportType: Transport.optional(),
    visibility: z.enum(VISIBILITIES).optional(),
    settings: Settings.optional().describe('Merged into what is set'),
    lifecycle: z.enum(['active', 'deprecated']).optional(),
    status: z.enum(['maintenance', 'unknown']).optional().describe('`unknown` ends a maintenance'),
    owner: text(200).min(1).optional().describe('Administrators only'),
    shared: z.boolean().optional().describe('Operators only'),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'names nothing to change')
  .meta({ id: 'ChangeServer', examples: [{ description: 'Weather for every city', tags: ['weather'] }] });

export const ListServers = z.strictObject({
  status: z.enum(SERVER_STATUSES).optional(),
  transportType: z.enum(TRANSPORTS).optional(),
  tags: commaList(50, 64).optional().describe('Comma-separated; servers that have all'),
  q: text(200).optional().describe('Part of the name, title or description'),
  include: commaList(3, 20)
    .pipe(z.array(z.enum(['tools', 'resources', 'prompts'])))
    .optional()
    .describe('Comma-separated of tools, resources, prompts: at most 100 of each a server'),
  limit: limit(50),
  cursor,
});

export const ListChildren = z.strictObject({ limit: limit(50), cursor });

const Definition = z.looseObject({});
const Tool = z
  .object({
    id: z.uuid(),
    name: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    inputSchema: Definition,
    outputSchema: Definition.nullable(),
    annotations: Definition.nullable(),
    definitionHash: z.string().describe('SHA-256 over RFC 8785 canonical JSON of the whole raw definition'),
    active: z.boolean().describe('Whether the server is healthy enough to be offered'),
  })
  .meta({ id: 'Tool' });
const Resource = z
  .object({
    id: z.uuid(),
    uri: z.string().nullable(),
    uriTemplate: z.string().nullable(),
    name: z.string(),
    mimeType: z.string().nullable(),
    description: z.string().nullable(),
    definitionHash: z.string(),
    active: z.boolean(),
  })
  .meta({ id: 'Resource' });
const Prompt = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    arguments: z.array(Definition).nullable(),
    definitionHash: z.string(),
    active: z.boolean(),
  })
  .meta({ id: 'Prompt' });

const exampleServer = {
  id: example,
  name: 'everything',
  version: '1.0.0',
  isLatest: true,
  alias: 'everything',
  title: null,
  description: null,
  endpointUrl: 'http://127.0.0.1:3001/mcp',
  transportType: 'streamable-http',
  status: 'healthy',
  lifecycle: 'active',
  owner: 'local-admin',
  visibility: 'tenant',
  shared: false,
  tags: ['demo'],
  settings: {},
  capabilities: { tools: { listChanged: true } },
  eras: { legacy: ['2025-11-25'] },
  upstreamVersion: '2.0.0',
  instructions: null,
  source: 'rest',
  lastCheckedAt: '2026-11-23T12:00:00.000Z',
  lastSyncedAt: '2026-11-23T12:00:00.000Z',
  lastError: null,
  createdAt: '2026-11-23T12:00:00.000Z',
  updatedAt: '2026-11-23T12:00:00.000Z',
};

const ServerFields = z.object({
  id: z.uuid(),
  name: z.string(),
  version: z.string(),
  isLatest: z.boolean(),
  alias: z.string().describe('Prefix of its tools in the aggregate'),
  title: z.string().nullable(),
  description: z.string().nullable(),
  endpointUrl: z.string().nullable(),
  transportType: z.enum(TRANSPORTS).nullable(),
  status: z.enum(SERVER_STATUSES).describe('Health'),
  lifecycle: z.enum(['active', 'deprecated', 'deleted']).describe('Intent'),
  owner: z.string(),
  visibility: z.enum(VISIBILITIES),
  shared: z.boolean(),
  tags: z.array(z.string()),
  settings: z.object({ timeoutMs: z.int().optional(), maxInFlight: z.int().optional(), weight: z.int().optional() }),
  capabilities: Definition.describe('As the server declares them'),
  eras: z
    .object({ modern: z.string().optional(), legacy: z.array(z.string()).optional() })
    .describe('Protocol revisions that the server speaks'),
  upstreamVersion: z.string().nullable().describe('The version that the server itself reports'),
  instructions: z.string().nullable(),
  source: z.string(),
  lastCheckedAt: z.iso.datetime().nullable(),
  lastSyncedAt: z.iso.datetime().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const ServerResponse = ServerFields.meta({ id: 'Server', examples: [exampleServer] });

const Counts = z.object({ added: z.int(), changed: z.int(), removed: z.int(), total: z.int() });
const exampleCounts = { added: 8, changed: 0, removed: 0, total: 8 };

/** A server after a probe; `sync` is null when it was not probed or could not be read. */
export const ProbedServerResponse = ServerFields.extend({
  sync: z
    .object({ tools: Counts, resources: Counts, prompts: Counts, problems: z.array(z.string()) })
    .nullable()
    .describe('What the sync changed; null when there was none: see lastError'),
}).meta({
  id: 'ProbedServer',
  examples: [
    {
      ...exampleServer,
      sync: { tools: exampleCounts, resources: exampleCounts, prompts: exampleCounts, problems: [] },
    },
  ],
});

export const ServerPage = z
  .object({
    items: z.array(
      ServerFields.extend({
        tools: z.array(Tool).optional(),
        resources: z.array(Resource).optional(),
        prompts: z.array(Prompt).optional(),
      }).meta({ id: 'ServerWithChildren' }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'ServerPage', examples: [{ items: [exampleServer], nextCursor: null }] });

const exampleTool = {
  id: example,
  name: 'echo',
  title: null,
  description: 'Echoes back the input',
  inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  outputSchema: null,
  annotations: null,
  definitionHash: '5f2b…',
  active: true,
};

export const ToolPage = z
  .object({ items: z.array(Tool), nextCursor: z.string().nullable() })
  .meta({ id: 'ToolPage', examples: [{ items: [exampleTool], nextCursor: null }] });

export const ResourcePage = z.object({ items: z.array(Resource), nextCursor: z.string().nullable() }).meta({
  id: 'ResourcePage',
  examples: [
    {
      items: [
        {
          id: example,
          uri: 'test://static/resource/1',
          uriTemplate: null,
          name: 'Resource 1',
          mimeType: 'text/plain',
          description: null,
          definitionHash: '5f2b…',
          active: true,
        },
      ],
      nextCursor: null,
    },
  ],
});

export const PromptPage = z.object({ items: z.array(Prompt), nextCursor: z.string().nullable() }).meta({
  id: 'PromptPage',
  examples: [
    {
      items: [
        {
          id: example,
          name: 'simple_prompt',
          description: null,
          arguments: null,
          definitionHash: '5f2b…',
          active: true,
        },
      ],
      nextCursor: null,
    },
  ],
});

const exampleCurrent = {
  status: 'healthy',
  lastCheckedAt: '2026-11-23T12:00:00.000Z',
  nextCheckAt: '2026-11-23T12:00:30.000Z',
  responseTimeMs: 3.2,
  consecutiveFailures: 0,
  lastError: null,
};

export const HealthPage = z
  .object({
    current: z.object({
      status: z.enum(SERVER_STATUSES),
      lastCheckedAt: z.iso.datetime().nullable(),
      nextCheckAt: z.iso.datetime().nullable(),
      responseTimeMs: z.number().nullable(),
      consecutiveFailures: z.int(),
      lastError: z.string().nullable(),
    }),
    items: z
      .array(
        z.object({
          checkedAt: z.iso.datetime(),
          status: z.enum(SERVER_STATUSES),
          responseTimeMs: z.number().nullable(),
          error: z.string().nullable(),
        }),
      )
      .describe('Transitions, and one entry in 5 minutes while nothing changes; newest first'),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'ServerHealthPage', examples: [{ current: exampleCurrent, items: [], nextCursor: null }] });
