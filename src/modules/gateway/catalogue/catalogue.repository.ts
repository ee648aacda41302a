import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { NamedKind } from './server-names.js';

interface NamedDefinitionRow {
  readonly serverId: string;
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

interface ToolDefinitionRow extends NamedDefinitionRow {
  readonly hash: string;
}

export interface DefinitionRows {
  readonly tools: ToolDefinitionRow[];
  readonly prompts: NamedDefinitionRow[];
  /** Named by their URI. */
  readonly resources: NamedDefinitionRow[];
  /** Named by their URI template. */
  readonly templates: NamedDefinitionRow[];
}

interface NameRow {
  readonly serverId: string;
  readonly kind: NamedKind;
  readonly name: string;
}

/** What servers offer, for ids that the caller may see. From the primary; by server id, those with nothing left out. */
@Injectable()
export class CatalogueRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Definitions, whole as the servers sent them. */
  async definitionsOf(serverIds: readonly string[]): Promise<ReadonlyMap<string, DefinitionRows>> {
    const [tools, resources, prompts] = await Promise.all([
      this.database.query<ToolDefinitionRow>(
        `/* catalogue.tools */ SELECT server_id AS "serverId", tool_name AS name, definition_hash AS hash,
           jsonb_strip_nulls(jsonb_build_object('name', tool_name, 'title', title, 'description', description))
           || jsonb_build_object('inputSchema', input_schema)
           || CASE WHEN output_schema IS NULL THEN '{}' ELSE jsonb_build_object('outputSchema', output_schema) END
           || CASE WHEN annotations IS NULL THEN '{}' ELSE jsonb_build_object('annotations', annotations) END || extra AS definition
         FROM server_tools WHERE server_id = ANY($1)`,
        [serverIds],
      ),
      this.database.query<NamedDefinitionRow & { readonly template: boolean }>(
        `/* catalogue.resources */ SELECT server_id AS "serverId", coalesce(uri, uri_template) AS name, uri IS NULL AS template,
           jsonb_strip_nulls(jsonb_build_object('uri', uri, 'uriTemplate', uri_template, 'name', resource_name,
           'mimeType', resource_type, 'description', description)) || extra AS definition
         FROM server_resources WHERE server_id = ANY($1)`,
        [serverIds],
      ),
      this.database.query<NamedDefinitionRow>(
        `/* catalogue.prompts */ SELECT server_id AS "serverId", prompt_name AS name,
           jsonb_strip_nulls(jsonb_build_object('name', prompt_name, 'description', description))
           || CASE WHEN arguments IS NULL THEN '{}' ELSE jsonb_build_object('arguments', arguments) END || extra AS definition
         FROM server_prompts WHERE server_id = ANY($1)`,
        [serverIds],
      ),
    ]);
    const all = new Map<string, DefinitionRows>();
    const of = (serverId: string): DefinitionRows => {
      const rows = all.get(serverId) ?? { tools: [], prompts: [], resources: [], templates: [] };
      all.set(serverId, rows);
      return rows;
    };
    for (const row of tools) of(row.serverId).tools.push(row);
    for (const row of prompts) of(row.serverId).prompts.push(row);
    for (const row of resources) of(row.serverId)[row.template ? 'templates' : 'resources'].push(row);
    return all;
  }

  /** Names, URIs and URI templates alone. */
  async namesOf(serverIds: readonly string[]): Promise<ReadonlyMap<string, NameRow[]>> {
    const rows = await this.database.query<NameRow>(
      `/* catalogue.names */ SELECT server_id AS "serverId", 'tool' AS kind, tool_name AS name FROM server_tools
         WHERE server_id = ANY($1)
       UNION ALL SELECT server_id, 'prompt', prompt_name FROM server_prompts WHERE server_id = ANY($1)
       UNION ALL SELECT server_id, CASE WHEN uri IS NULL THEN 'template' ELSE 'resource' END, coalesce(uri, uri_template)
         FROM server_resources WHERE server_id = ANY($1)`,
      [serverIds],
    );
    const all = new Map<string, NameRow[]>();
    for (const row of rows) {
      const known = all.get(row.serverId);
      if (known) known.push(row);
      else all.set(row.serverId, [row]);
    }
    return all;
  }
}
