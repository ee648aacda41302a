import { Injectable } from '@nestjs/common';
import { ChildrenRepository, type StoredPrompt, type StoredResource, type StoredTool } from './children.repository.js';
import { promptOnWire, resourceOnWire, toolOnWire } from './wire.js';

export type ChildKind = 'tools' | 'resources' | 'prompts';

export interface IncludedChildren {
  tools?: ReturnType<typeof toolOnWire>[];
  resources?: ReturnType<typeof resourceOnWire>[];
  prompts?: ReturnType<typeof promptOnWire>[];
}

/** Of each kind for each server, where a list includes them. */
const INCLUDED_AT_MOST = 100;

/** The children that a list of servers includes: one query a kind, whatever the number of servers. */
@Injectable()
export class ChildListing {
  constructor(private readonly children: ChildrenRepository) {}

  async ofServers(ids: readonly string[], kinds: readonly ChildKind[]): Promise<Map<string, IncludedChildren>> {
    const found = new Map<string, IncludedChildren>(ids.map((id) => [id, {}]));
    if (ids.length === 0) return found;
    const wanted = new Set(kinds);
    if (wanted.has('tools')) {
      const tools = await this.children.ofServers<StoredTool>('server_tools', ids, INCLUDED_AT_MOST);
      for (const [id, entry] of found) entry.tools = (tools.get(id) ?? []).map(toolOnWire);
    }
    if (wanted.has('resources')) {
      const resources = await this.children.ofServers<StoredResource>('server_resources', ids, INCLUDED_AT_MOST);
      for (const [id, entry] of found) entry.resources = (resources.get(id) ?? []).map(resourceOnWire);
    }
    if (wanted.has('prompts')) {
      const prompts = await this.children.ofServers<StoredPrompt>('server_prompts', ids, INCLUDED_AT_MOST);
      for (const [id, entry] of found) entry.prompts = (prompts.get(id) ?? []).map(promptOnWire);
    }
    return found;
  }
}
