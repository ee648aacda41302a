import type { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { Position } from '../found.js';
import { Parameters } from './parameters.js';
import { branches, visibleServer } from './visible.js';

/** One kind of thing that servers offer: its table `t`, and what the lists of it need to know. */
export interface Offering {
  readonly table: 'server_tools' | 'server_resources' | 'server_prompts';
  readonly nameColumn: string;
  /** Select list over `t` and the server `s`. */
  readonly columns: string;
}

export interface OfferingPage {
  readonly limit: number;
  readonly includeInactive: boolean;
  readonly after?: Position | undefined;
  /** One more condition on `t`. */
  readonly filter?: (parameters: Parameters) => string;
}

/** What distinguishes one of the asked names from another, for servers that must have all of them. */
export interface NamesWanted {
  /** An expression over `t`, compared with `values`. */
  readonly key: string;
  readonly values: readonly string[];
  readonly match: 'all' | 'any';
}

/** The columns that every found thing has of its server. */
export const SERVER_OF_OFFERING = `json_build_object('id', s.id, 'name', s.name, 'status', s.status) AS server`;

/** By name, then id: each branch reads its index in that order and stops at the page's end. */
export async function pageByName<Row>(
  database: DatabaseAccess,
  scope: Scope,
  { table, nameColumn, columns }: Offering,
  { limit, includeInactive, after, filter }: OfferingPage,
): Promise<Row[]> {
  const parameters = new Parameters();
  const visible = visibleServer(scope, parameters);
  const common = [
    visible,
    ...(includeInactive ? [] : ['t.server_active']),
    ...(filter ? [filter(parameters)] : []),
    ...(after ? [`(t.${nameColumn}, t.id) > (${parameters.add(after.name)}, ${parameters.add(after.id)}::uuid)`] : []),
  ].join(' AND ');
  const most = parameters.add(limit);
  const paths = branches(scope, 't').map(
    (branch) => `(SELECT t.id, t.${nameColumn} AS name FROM ${table} t JOIN mcp_servers s ON s.id = t.server_id
      WHERE ${branch(parameters)} AND ${common} ORDER BY t.${nameColumn}, t.id LIMIT ${most})`,
  );
  return database.queryReplica<Row>(
    `/* discovery.page_${table} */
     WITH page AS (SELECT * FROM (${paths.join('\n UNION ALL ')}) p ORDER BY name, id LIMIT ${most})
     SELECT ${columns} FROM page JOIN ${table} t ON t.id = page.id JOIN mcp_servers s ON s.id = t.server_id
     ORDER BY t.${nameColumn}, t.id`,
    parameters.values,
  );
}

/** What has one of the names, of servers that have all or any of them; by name, then id. */
export async function pageOfNames<Row>(
  database: DatabaseAccess,
  scope: Scope,
  { table, nameColumn, columns }: Offering,
  { limit, includeInactive, after, filter }: OfferingPage,
  { key, values, match }: NamesWanted,
): Promise<Row[]> {
  const parameters = new Parameters();
  const wanted = [...new Set(values)];
  const matching = [
    visibleServer(scope, parameters),
    `${key} = ANY(${parameters.add(wanted)})`,
    ...(includeInactive ? [] : ['t.server_active']),
    ...(filter ? [filter(parameters)] : []),
  ].join(' AND ');
  const from = `${table} t JOIN mcp_servers s ON s.id = t.server_id`;
  const complete =
    match === 'any'
      ? ''
      : `AND t.server_id IN (SELECT t.server_id FROM ${from} WHERE ${matching}
           GROUP BY t.server_id HAVING count(DISTINCT ${key}) = ${parameters.add(wanted.length)})`;
  const position = after
    ? `AND (t.${nameColumn}, t.id) > (${parameters.add(after.name)}, ${parameters.add(after.id)}::uuid)`
    : '';
  return database.queryReplica<Row>(
    `/* discovery.names_${table} */ SELECT ${columns} FROM ${from}
     WHERE ${matching} ${complete} ${position}
     ORDER BY t.${nameColumn}, t.id LIMIT ${parameters.add(limit)}`,
    parameters.values,
  );
}

/** Those of the ids that the scope may see, unordered. */
export async function offeringsByIds<Row>(
  database: DatabaseAccess,
  scope: Scope,
  { table, columns }: Offering,
  ids: readonly string[],
): Promise<Row[]> {
  if (ids.length === 0) return [];
  const parameters = new Parameters();
  return database.queryReplica<Row>(
    `/* discovery.ids_${table} */ SELECT ${columns} FROM ${table} t JOIN mcp_servers s ON s.id = t.server_id
     WHERE ${visibleServer(scope, parameters)} AND t.id = ANY(${parameters.add(ids)})`,
    parameters.values,
  );
}
