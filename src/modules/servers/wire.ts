import type { z } from 'zod';
import type { StoredPrompt, StoredResource, StoredTool } from './children.repository.js';
import type { HealthCheckRow } from './health/health.repository.js';
import type { ServerRecord } from './server-record.js';
import type { HealthPage, PromptPage, ResourcePage, ServerResponse, ToolPage } from './servers.schemas.js';

type Item<Page extends z.ZodType<{ items: unknown[] }>> = z.output<Page>['items'][number];

/** Domain to wire, in one place. */
export function serverOnWire(server: ServerRecord): z.output<typeof ServerResponse> {
  return {
    id: server.id,
    name: server.name,
    version: server.version,
    isLatest: server.isLatest,
    alias: server.alias,
    title: server.title,
    description: server.description,
    endpointUrl: server.url,
    transportType: server.transportType,
    status: server.status,
    lifecycle: server.lifecycle,
    owner: server.owner,
    visibility: server.visibility,
    shared: server.shared,
    tags: server.tags,
    settings: server.settings,
    capabilities: server.capabilities as Record<string, unknown>,
    eras: server.eras as z.output<typeof ServerResponse>['eras'],
    upstreamVersion: server.upstreamVersion,
    instructions: server.instructions,
    source: server.source,
    lastCheckedAt: server.lastCheckedAt?.toISOString() ?? null,
    lastSyncedAt: server.lastSyncedAt?.toISOString() ?? null,
    lastError: server.lastError,
    createdAt: server.createdAt.toISOString(),
    updatedAt: server.updatedAt.toISOString(),
  };
}

export function toolOnWire(tool: StoredTool): Item<typeof ToolPage> {
  return {
    id: tool.id,
    name: tool.toolName,
    title: tool.title,
    description: tool.description,
    inputSchema: tool.inputSchema as Record<string, unknown>,
    outputSchema: tool.outputSchema as Record<string, unknown> | null,
    annotations: tool.annotations as Record<string, unknown> | null,
    definitionHash: tool.definitionHash,
    active: tool.serverActive,
  };
}

export function resourceOnWire(resource: StoredResource): Item<typeof ResourcePage> {
  return {
    id: resource.id,
    uri: resource.uri,
    uriTemplate: resource.uriTemplate,
    name: resource.resourceName,
    mimeType: resource.resourceType,
    description: resource.description,
    definitionHash: resource.definitionHash,
    active: resource.serverActive,
  };
}

export function promptOnWire(prompt: StoredPrompt): Item<typeof PromptPage> {
  return {
    id: prompt.id,
    name: prompt.promptName,
    description: prompt.description,
    arguments: prompt.arguments as Record<string, unknown>[] | null,
    definitionHash: prompt.definitionHash,
    active: prompt.serverActive,
  };
}

export function currentHealthOnWire(server: ServerRecord): z.output<typeof HealthPage>['current'] {
  return {
    status: server.status,
    lastCheckedAt: server.lastCheckedAt?.toISOString() ?? null,
    nextCheckAt: server.nextCheckAt?.toISOString() ?? null,
    responseTimeMs: server.responseTimeMs,
    consecutiveFailures: server.consecutiveFailures,
    lastError: server.lastError,
  };
}

export function healthCheckOnWire(check: HealthCheckRow): Item<typeof HealthPage> {
  return {
    checkedAt: check.checkedAt.toISOString(),
    status: check.status,
    responseTimeMs: check.responseTimeMs,
    error: check.error,
  };
}
