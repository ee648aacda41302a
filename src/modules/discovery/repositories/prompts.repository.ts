import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { FoundPrompt } from '../found.js';
import {
  type Offering,
  type OfferingPage,
  offeringsByIds,
  pageByName,
  pageOfNames,
  SERVER_OF_OFFERING,
} from './offerings.js';

const PROMPTS: Offering = {
  table: 'server_prompts',
  nameColumn: 'prompt_name',
  columns: `t.id, t.prompt_name AS name, t.description, t.arguments, ${SERVER_OF_OFFERING}`,
};

@Injectable()
export class PromptsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  pageByName(scope: Scope, page: OfferingPage): Promise<FoundPrompt[]> {
    return pageByName(this.database, scope, PROMPTS, page);
  }

  pageOfNames(
    scope: Scope,
    values: readonly string[],
    match: 'all' | 'any',
    page: OfferingPage,
  ): Promise<FoundPrompt[]> {
    return pageOfNames(this.database, scope, PROMPTS, page, { key: 't.prompt_name', values, match });
  }

  byIds(scope: Scope, ids: readonly string[]): Promise<FoundPrompt[]> {
    return offeringsByIds(this.database, scope, PROMPTS, ids);
  }
}
