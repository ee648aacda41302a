import { ResultEnvelope } from '../../mcp/envelope.js';
import { type ServerCapabilities, unionCapabilities } from '../../mcp/capabilities.js';
import { MODERN_VERSIONS } from '../../mcp/versions.js';
import { SERVICE_VERSION } from '../monitoring/index.js';
import type { RoutedServer } from './catalogue/routed-server.js';

export const GATEWAY_INFO = { name: 'mcp-registry-gateway', title: 'MCP Registry Gateway', version: SERVICE_VERSION };

/** How long a modern client may keep a list; a subscription tells it earlier. */
export const LIST_TTL_MS = 60_000;

/** One for the process. */
export const envelope = new ResultEnvelope(GATEWAY_INFO);

const LONGEST_INSTRUCTIONS = 64 * 1024;

/** What the gateway offers for these servers: it pushes list changes itself, whatever they do. */
export function offeredCapabilities(servers: readonly RoutedServer[]): ServerCapabilities {
  const capabilities = unionCapabilities(servers.map((server) => server.capabilities));
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    const offered = capabilities[list];
    if (offered) offered.listChanged = true;
  }
  return capabilities;
}

/** A server's own instructions, or those of all servers, each under its alias. */
export function joinedInstructions(servers: readonly RoutedServer[], aggregate: boolean): string | undefined {
  const parts = servers.flatMap(({ alias, instructions }) =>
    instructions === null || instructions === '' ? [] : [aggregate ? `## ${alias}\n\n${instructions}` : instructions],
  );
  const text = parts.join('\n\n').slice(0, LONGEST_INSTRUCTIONS);
  return text === '' ? undefined : text;
}

/** The result of `server/discover`, enveloped. */
export function discoverResult(servers: readonly RoutedServer[], aggregate: boolean): Buffer {
  const instructions = joinedInstructions(servers, aggregate);
  const result = {
    supportedVersions: MODERN_VERSIONS,
    capabilities: offeredCapabilities(servers),
    ...(instructions === undefined ? {} : { instructions }),
  };
  return envelope.modern(Buffer.from(JSON.stringify(result)), { ttlMs: LIST_TTL_MS });
}

/** The result of `initialize`. */
export function initializeResult(
  servers: readonly RoutedServer[],
  aggregate: boolean,
  protocolVersion: string,
): Buffer {
  const instructions = joinedInstructions(servers, aggregate);
  return Buffer.from(
    JSON.stringify({
      protocolVersion,
      capabilities: offeredCapabilities(servers),
      serverInfo: GATEWAY_INFO,
      ...(instructions === undefined ? {} : { instructions }),
    }),
  );
}
