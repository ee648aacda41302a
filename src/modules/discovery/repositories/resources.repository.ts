import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { FoundResource } from '../found.js';
import {
  type Offering,
  type OfferingPage,
  offeringsByIds,
  pageByName,
  pageOfNames,
  SERVER_OF_OFFERING,
} from './offerings.js';
import type { Parameters } from './parameters.js';

const RESOURCES: Offering = {
  table: 'server_resources',
  nameColumn: 'resource_name',
  columns: `t.id, t.resource_name AS name, t.description, t.uri, t.uri_template AS "uriTemplate",
    t.resource_type AS "mimeType", ${SERVER_OF_OFFERING}`,
};

/** Names are compared with names and URIs with URIs, so that each comparison has its index. */
const KEYS = { names: 't.resource_name', uris: 'coalesce(t.uri, t.uri_template)' } as const;

@Injectable()
export class ResourcesRepository {
  constructor(private readonly database: DatabaseAccess) {}

  pageByName(scope: Scope, page: OfferingPage): Promise<FoundResource[]> {
    return pageByName(this.database, scope, RESOURCES, page);
  }

  /** `kind` says what `values` are: names, or URIs and URI templates. */
  pageOf(
    scope: Scope,
    kind: keyof typeof KEYS,
    values: readonly string[],
    match: 'all' | 'any',
    page: OfferingPage,
  ): Promise<FoundResource[]> {
    return pageOfNames(this.database, scope, RESOURCES, page, { key: KEYS[kind], values, match });
  }

  byIds(scope: Scope, ids: readonly string[]): Promise<FoundResource[]> {
    return offeringsByIds(this.database, scope, RESOURCES, ids);
  }
}

/** For pages and searches: of one exact MIME type. */
export function ofType(type: string): (parameters: Parameters) => string {
  return (parameters) => `t.resource_type = ${parameters.add(type)}`;
}
