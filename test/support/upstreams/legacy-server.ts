import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerResult,
} from '@modelcontextprotocol/sdk/types.js';
import {
  callTool,
  CAPABILITIES,
  type Definition,
  getPrompt,
  pageOf,
  readResource,
  type UpstreamContent,
} from './content.js';

const as = (result: Definition): ServerResult => result;

/** A server of the SDK's first line (2025-11-25 and before) that reads `content` at every request. */
export function legacyServer(content: UpstreamContent): Server {
  const { name, version, instructions } = content;
  const server = new Server({ name, version }, { capabilities: CAPABILITIES, instructions });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => as(pageOf(content, 'tools', params?.cursor)));
  server.setRequestHandler(ListResourcesRequestSchema, ({ params }) =>
    as(pageOf(content, 'resources', params?.cursor)),
  );
  server.setRequestHandler(ListResourceTemplatesRequestSchema, ({ params }) =>
    as(pageOf(content, 'resourceTemplates', params?.cursor)),
  );
  server.setRequestHandler(ListPromptsRequestSchema, ({ params }) => as(pageOf(content, 'prompts', params?.cursor)));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => as(callTool(params.name, params.arguments)));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => as(readResource(params.uri)));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => as(getPrompt(params.name, params.arguments)));
  return server;
}
