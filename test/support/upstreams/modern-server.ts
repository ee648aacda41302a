import { createMcpHandler, type McpHttpHandler, Server } from '@modelcontextprotocol/server';
import { callTool, CAPABILITIES, getPrompt, pageOf, readResource, type UpstreamContent } from './content.js';

/** A server of the SDK's second line that reads `content` at every request. */
export function modernServer(content: UpstreamContent): Server {
  const { name, version, instructions } = content;
  const server = new Server({ name, version }, { capabilities: CAPABILITIES, instructions });
  server.setRequestHandler('tools/list', ({ params }) => pageOf(content, 'tools', params?.cursor) as never);
  server.setRequestHandler('resources/list', ({ params }) => pageOf(content, 'resources', params?.cursor) as never);
  server.setRequestHandler(
    'resources/templates/list',
    ({ params }) => pageOf(content, 'resourceTemplates', params?.cursor) as never,
  );
  server.setRequestHandler('prompts/list', ({ params }) => pageOf(content, 'prompts', params?.cursor) as never);
  server.setRequestHandler('tools/call', ({ params }) => callTool(params.name, params.arguments) as never);
  server.setRequestHandler('resources/read', ({ params }) => readResource(params.uri) as never);
  server.setRequestHandler('prompts/get', ({ params }) => getPrompt(params.name, params.arguments) as never);
  return server;
}

/** `legacy` decides what 2025-era requests get: an answer without a session, or a refusal. */
export function modernHandler(content: UpstreamContent, legacy: 'stateless' | 'reject'): McpHttpHandler {
  return createMcpHandler(() => modernServer(content), { legacy });
}
