import type { Scope } from '../../../kernel/scope.js';
import type { Parameters } from '../repositories/parameters.js';
import { ACTIVE_SERVER, branches } from '../repositories/visible.js';

/** What a free text is looked up in: the SQL that differs between tools, resources, prompts and servers. */
export interface SearchTarget {
  readonly name: string;
  /** The tables, for rows that are known by id. */
  readonly from: string;
  /** The tables and WHERE, for rows that meet a condition on what is searched. */
  readonly where: (condition: string) => string;
  readonly id: string;
  readonly label: string;
  /** The weighted `tsvector`; an index expression must have the very same text. */
  readonly vector: string;
  readonly active: string;
  /** Each an access path of its own; together all that the scope may see. */
  readonly branches: (scope: Scope) => ((parameters: Parameters) => string)[];
  /** Lower-case text for trigrams, where an index has it. */
  readonly trigrams?: string;
}

/** Names in running text: `userProfile` and `user_profile` as two words. */
function nameVector(column: string, weight: 'A' | 'B'): string {
  const words = `regexp_replace(${column}, '([a-z0-9])([A-Z])|[^[:alnum:]]+', '\\1 \\2', 'g')`;
  return `setweight(to_tsvector('english', ${words}), '${weight}')`;
}

function textVector(column: string, weight: 'A' | 'B' | 'C'): string {
  return `setweight(to_tsvector('english', left(coalesce(${column}, ''), 20000)), '${weight}')`;
}

/** The own ones and everybody's: the audience is the first column of the index. */
function audiences(scope: Scope): ((parameters: Parameters) => string)[] {
  if (scope.kind === 'system') return [() => `x.audience <> ''`];
  return [(parameters) => `x.audience = ${parameters.add(scope.tenantId)}`, () => `x.audience = '*'`];
}

const TOOL_JOINS = 'JOIN server_tools t ON t.id = x.tool_id JOIN mcp_servers s ON s.id = t.server_id';

export const TOOLS: SearchTarget = {
  name: 'tools',
  from: `tool_search x ${TOOL_JOINS}`,
  // OFFSET 0 keeps the planner from reading a million tools in the order of their ids, in the hope that
  // the limit is reached soon: the index on the vector comes first, and what it yields is joined.
  where: (condition) => `(SELECT * FROM tool_search x WHERE ${condition} OFFSET 0) x ${TOOL_JOINS} WHERE true`,
  id: 'x.tool_id',
  label: 't.tool_name',
  vector: 'x.vector',
  active: 't.server_active',
  branches: audiences,
  trigrams: 'x.trigram_text',
};

/** `idx_server_resources_search` is on (tenant_id, this). */
export const RESOURCE_VECTOR = `(${nameVector('resource_name', 'A')} || ${textVector('description', 'C')})`;

export const RESOURCES: SearchTarget = {
  name: 'resources',
  ...plain('server_resources t JOIN mcp_servers s ON s.id = t.server_id'),
  id: 't.id',
  label: 't.resource_name',
  vector: qualified(RESOURCE_VECTOR, 't'),
  active: 't.server_active',
  branches: (scope) => branches(scope, 't'),
};

/** `idx_server_prompts_search` is on (tenant_id, this). */
export const PROMPT_VECTOR = `(${nameVector('prompt_name', 'A')} || ${textVector('description', 'C')})`;

export const PROMPTS: SearchTarget = {
  name: 'prompts',
  ...plain('server_prompts t JOIN mcp_servers s ON s.id = t.server_id'),
  id: 't.id',
  label: 't.prompt_name',
  vector: qualified(PROMPT_VECTOR, 't'),
  active: 't.server_active',
  branches: (scope) => branches(scope, 't'),
};

/** `idx_mcp_servers_search` is on (tenant_id, this). */
export const SERVER_VECTOR = `(${nameVector('name', 'A')} || ${textVector('title', 'B')} || ${textVector('description', 'C')})`;

export const SERVERS: SearchTarget = {
  name: 'servers',
  ...plain('mcp_servers s'),
  id: 's.id',
  label: 's.name',
  vector: qualified(SERVER_VECTOR, 's'),
  active: ACTIVE_SERVER,
  branches: (scope) => branches(scope, 's'),
  trigrams: `(s.name || ' ' || coalesce(s.title, '') || ' ' || coalesce(s.description, ''))`,
};

function plain(from: string): Pick<SearchTarget, 'from' | 'where'> {
  return { from, where: (condition) => `${from} WHERE ${condition}` };
}

function qualified(expression: string, alias: string): string {
  return expression.replaceAll(/\b(resource_name|prompt_name|name|title|description)\b/g, `${alias}.$1`);
}
