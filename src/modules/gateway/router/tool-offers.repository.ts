import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import { readable } from '../../../database/scope-sql.js';
import type { Scope } from '../../../kernel/scope.js';

export interface ToolOffer {
  readonly serverId: string;
  readonly toolName: string;
  readonly definitionHash: string;
}

/** Which servers have which tools, by the servers' own names for them. */
@Injectable()
export class ToolOffersRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Offers of any of these tools by latest versions that the scope may see. */
  offersOf(scope: Scope, toolNames: readonly string[]): Promise<ToolOffer[]> {
    const visible = readable(scope, 's', 2);
    return this.database.query<ToolOffer>(
      `/* router.offers */ SELECT t.server_id AS "serverId", t.tool_name AS "toolName", t.definition_hash AS "definitionHash"
       FROM server_tools t JOIN mcp_servers s ON s.id = t.server_id
       WHERE t.tool_name = ANY($1) AND s.is_latest AND s.deleted_at IS NULL AND ${visible.sql}
       ORDER BY t.server_id LIMIT 10000`,
      [toolNames, ...visible.parameters],
    );
  }
}
