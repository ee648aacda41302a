import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { FoundServer, Position } from '../found.js';
import { Parameters } from './parameters.js';
import { ACTIVE_SERVER, branches, visibleServer } from './visible.js';

const COLUMNS = `s.id, s.name, s.version, s.alias, s.title, s.description, s.status,
  s.transport_type AS "transportType", s.tags, s.capabilities`;

export interface ServerPage {
  readonly limit: number;
  readonly includeInactive: boolean;
  readonly after?: Position | undefined;
  /** One more condition on `s`. */
  readonly filter?: (parameters: Parameters) => string;
}

@Injectable()
export class FoundServersRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** By name in the "C" collation, then id. */
  async pageByName(scope: Scope, { limit, includeInactive, after, filter }: ServerPage): Promise<FoundServer[]> {
    const parameters = new Parameters();
    const common = [
      visibleServer(scope, parameters),
      ...(includeInactive ? [] : [ACTIVE_SERVER]),
      ...(filter ? [filter(parameters)] : []),
      ...(after
        ? [`(s.name COLLATE "C", s.id) > (${parameters.add(after.name)}, ${parameters.add(after.id)}::uuid)`]
        : []),
    ].join(' AND ');
    const most = parameters.add(limit);
    const paths = branches(scope, 's').map(
      (branch) => `(SELECT ${COLUMNS} FROM mcp_servers s WHERE ${branch(parameters)} AND ${common}
        ORDER BY s.name COLLATE "C", s.id LIMIT ${most})`,
    );
    return this.database.queryReplica<FoundServer>(
      `/* discovery.page_servers */ SELECT * FROM (${paths.join('\n UNION ALL ')}) s
       ORDER BY name COLLATE "C", id LIMIT ${most}`,
      parameters.values,
    );
  }

  /** Those of the ids that the scope may see, unordered. */
  async byIds(scope: Scope, ids: readonly string[]): Promise<FoundServer[]> {
    if (ids.length === 0) return [];
    const parameters = new Parameters();
    return this.database.queryReplica<FoundServer>(
      `/* discovery.ids_servers */ SELECT ${COLUMNS} FROM mcp_servers s
       WHERE ${visibleServer(scope, parameters)} AND s.id = ANY(${parameters.add(ids)})`,
      parameters.values,
    );
  }
}

/** For pages and searches: with every one of these capabilities. */
export function withCapabilities(names: readonly string[]): (parameters: Parameters) => string {
  return (parameters) => `s.capabilities ?& ${parameters.add(names)}::text[]`;
}
