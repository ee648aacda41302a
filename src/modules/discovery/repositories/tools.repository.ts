import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { FoundTool } from '../found.js';
import {
  type Offering,
  type OfferingPage,
  offeringsByIds,
  pageByName,
  pageOfNames,
  SERVER_OF_OFFERING,
} from './offerings.js';

const TOOLS: Offering = {
  table: 'server_tools',
  nameColumn: 'tool_name',
  columns: `t.id, t.tool_name AS name, t.title, t.description, t.input_schema AS "inputSchema",
    t.output_schema AS "outputSchema", t.annotations, ${SERVER_OF_OFFERING}`,
};

@Injectable()
export class ToolsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  pageByName(scope: Scope, page: OfferingPage): Promise<FoundTool[]> {
    return pageByName(this.database, scope, TOOLS, page);
  }

  pageOfNames(scope: Scope, values: readonly string[], match: 'all' | 'any', page: OfferingPage): Promise<FoundTool[]> {
    return pageOfNames(this.database, scope, TOOLS, page, { key: 't.tool_name', values, match });
  }

  byIds(scope: Scope, ids: readonly string[]): Promise<FoundTool[]> {
    return offeringsByIds(this.database, scope, TOOLS, ids);
  }
}
