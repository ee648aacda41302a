import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { ListField } from '../../../mcp/envelope.js';
import { ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import type { Era } from '../../../mcp/versions.js';
import { CatalogueLists } from '../catalogue/lists.js';
import { envelope, isSearch, LIST_TTL_MS } from '../own-answers.js';
import type { Exchange } from './exchange.js';
import { SEARCH_TOOL_LIST } from './search-tool-definitions.js';

const FIELDS: Readonly<Record<string, ListField>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
};

/** The four lists, from the catalogue: an upstream that is slow or down delays none of them. */
@Injectable()
export class ListAnswers {
  constructor(private readonly lists: CatalogueLists) {}

  /** The member that holds a list's definitions; undefined for a method that is no list. */
  fieldOf(method: string): ListField | undefined {
    return Object.hasOwn(FIELDS, method) ? FIELDS[method] : undefined;
  }

  /** The result of a list in its era's envelope. @throws AppError for a cursor that is not ours. */
  async result(exchange: Exchange, body: ParsedBody, field: ListField, era: Era): Promise<Buffer> {
    const cursor = ownMember(body.params, 'cursor');
    if (cursor !== undefined && typeof cursor !== 'string') {
      throw new AppError('invalid', 'mcp.invalid_params', 'Invalid params: params.cursor must be a string.');
    }
    const { target, scope } = exchange;
    if (field === 'tools' && isSearch(target)) {
      if (cursor !== undefined) throw new AppError('invalid', 'request.invalid_cursor', 'This list has one page.');
      return era === 'modern' ? envelope.modern(SEARCH_TOOL_LIST, { ttlMs: LIST_TTL_MS }) : SEARCH_TOOL_LIST;
    }
    return target.kind === 'server'
      ? this.lists.ofServer(target.server, field, era, cursor)
      : this.lists.ofAll(scope, field, era, cursor);
  }
}
