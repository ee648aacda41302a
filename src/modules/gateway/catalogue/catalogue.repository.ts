import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';

interface ToolDefinitionRow {
  readonly name: string;
  readonly hash: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

interface NamedDefinitionRow {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

export interface DefinitionRows {
  readonly tools: readonly ToolDefinitionRow[];
  readonly prompts: readonly NamedDefinitionRow[];
  /** Named by their URI. */
  readonly resources: readonly NamedDefinitionRow[];
  /** Named by their URI template. */
  readonly templates: readonly NamedDefinitionRow[];
}

/** One server's definitions, whole as the server sent them. From the primary. */
@Injectable()
export class CatalogueRepository {
  constructor(private readonly database: DatabaseAccess) {}

  async definitionsOf(serverId: string): Promise<DefinitionRows> {
    const [tools, resources, prompts] = await Promise.all([
      this.database.query<ToolDefinitionRow>(
        `/* catalogue.tools */ SELECT tool_name AS name, definition_hash AS hash, jsonb_strip_nulls(jsonb_build_object('name', tool_name,
           'title', title, 'description', description)) || jsonb_build_object('inputSchema', input_schema)
           || CASE WHEN output_schema IS NULL THEN '{}' ELSE jsonb_build_object('outputSchema', output_schema) END
           || CASE WHEN annotations IS NULL THEN '{}' ELSE jsonb_build_object('annotations', annotations) END || extra AS definition
         FROM server_tools WHERE server_id = $1 ORDER BY id`,
        [serverId],
      ),
      this.database.query<NamedDefinitionRow & { readonly template: boolean }>(
        `/* catalogue.resources */ SELECT coalesce(uri, uri_template) AS name, uri IS NULL AS template,
           jsonb_strip_nulls(jsonb_build_object('uri', uri, 'uriTemplate', uri_template, 'name', resource_name,
           'mimeType', resource_type, 'description', description)) || extra AS definition
         FROM server_resources WHERE server_id = $1 ORDER BY id`,
        [serverId],
      ),
      this.database.query<NamedDefinitionRow>(
        `/* catalogue.prompts */ SELECT prompt_name AS name, jsonb_strip_nulls(jsonb_build_object('name', prompt_name,
           'description', description)) || CASE WHEN arguments IS NULL THEN '{}' ELSE jsonb_build_object('arguments', arguments) END
           || extra AS definition
         FROM server_prompts WHERE server_id = $1 ORDER BY id`,
        [serverId],
      ),
    ]);
    return {
      tools,
      prompts,
      resources: resources.filter((row) => !row.template),
      templates: resources.filter((row) => row.template),
    };
  }
}
