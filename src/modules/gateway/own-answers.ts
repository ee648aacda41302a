import { ResultEnvelope } from '../../mcp/envelope.js';
import { type ServerCapabilities, unionCapabilities } from '../../mcp/capabilities.js';
import { MODERN_VERSIONS } from '../../mcp/versions.js';
import { SERVICE_VERSION } from '../monitoring/index.js';
import type { RoutedServer } from './catalogue/routed-server.js';
import type { Target } from './endpoint/exchange.js';

export const GATEWAY_INFO = { name: 'mcp-registry-gateway', title: 'MCP Registry Gateway', version: SERVICE_VERSION };

/** How long a modern client may keep a list; a subscription tells it earlier. */
export const LIST_TTL_MS = 60_000;

/** One for the process. */
export const envelope = new ResultEnvelope(GATEWAY_INFO);

const LONGEST_INSTRUCTIONS = 64 * 1024;

const SEARCH_INSTRUCTIONS =
  'The tools of many servers are behind two: find_tools finds those that serve a purpose, call_tool calls one of them.';

/** Whether the client sees two tools that find and call all others. */
export function isSearch(target: Target): boolean {
  return target.kind === 'aggregate' && target.tools === 'search';
}

/** What the gateway offers for these servers: it pushes list changes itself, whatever they do. */
export function offeredCapabilities(target: Target, servers: readonly RoutedServer[]): ServerCapabilities {
  const capabilities = unionCapabilities(servers.map((server) => server.capabilities));
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    const offered = capabilities[list];
    if (offered) offered.listChanged = true;
  }
  // Two tools, always the same.
  return isSearch(target) ? { ...capabilities, tools: {} } : capabilities;
}

/** A server's own instructions, or those of all servers, each under its alias. */
export function joinedInstructions(target: Target, servers: readonly RoutedServer[]): string | undefined {
  const parts = servers.flatMap(({ alias, instructions }) => {
    if (instructions === null || instructions === '') return [];
    return [target.kind === 'aggregate' ? `## ${alias}\n\n${instructions}` : instructions];
  });
  if (isSearch(target)) parts.unshift(SEARCH_INSTRUCTIONS);
  const text = parts.join('\n\n').slice(0, LONGEST_INSTRUCTIONS);
  return text === '' ? undefined : text;
}

/** The result of `server/discover`, enveloped. */
export function discoverResult(target: Target, servers: readonly RoutedServer[]): Buffer {
  const instructions = joinedInstructions(target, servers);
  const result = {
    supportedVersions: MODERN_VERSIONS,
    capabilities: offeredCapabilities(target, servers),
    ...(instructions === undefined ? {} : { instructions }),
  };
  return envelope.modern(Buffer.from(JSON.stringify(result)), { ttlMs: LIST_TTL_MS });
}

/** The result of `initialize`. */
export function initializeResult(target: Target, servers: readonly RoutedServer[], protocolVersion: string): Buffer {
  const instructions = joinedInstructions(target, servers);
  return Buffer.from(
    JSON.stringify({
      protocolVersion,
      capabilities: offeredCapabilities(target, servers),
      serverInfo: GATEWAY_INFO,
      ...(instructions === undefined ? {} : { instructions }),
    }),
  );
}
