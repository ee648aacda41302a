import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { innerCall } from '../../../mcp/inner-call.js';
import { ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import type { Era } from '../../../mcp/versions.js';
import { WireError } from '../../../mcp/wire-error.js';
import { DiscoveryService } from '../../discovery/index.js';
import type { Definition } from '../catalogue/stale-mark.js';
import { CatalogueLists } from '../catalogue/lists.js';
import { envelope, isSearch } from '../own-answers.js';
import type { Exchange } from './exchange.js';
import { CALL_TOOL, FIND_TOOLS, FindToolsArguments } from './search-tool-definitions.js';

/** One definition may have 256 KiB; the best match is returned whatever its size. */
const FOUND_CHARACTERS_AT_MOST = 512 * 1024;

/** The two tools of `/mcp?tools=search`, which find and call all others. */
@Injectable()
export class SearchTools {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly lists: CatalogueLists,
  ) {}

  /**
   * What a request comes to: itself on other endpoints and where it calls no tool, else the call that
   * `call_tool` stands for, or a result of our own.
   * @throws AppError `mcp.unknown_tool`; WireError for members that are given twice.
   */
  async resolve(exchange: Exchange, body: ParsedBody, era: Era): Promise<ParsedBody | Buffer> {
    if (body.method !== 'tools/call' || !isSearch(exchange.target)) return body;
    switch (ownMember(body.params, 'name')) {
      case FIND_TOOLS:
        return inEra(era, await this.#find(exchange, ownMember(body.params, 'arguments'), era));
      case CALL_TOOL: {
        const call = innerCall(body);
        if (call instanceof WireError) throw call;
        return 'fault' in call ? inEra(era, refusal(call.fault)) : call;
      }
      default:
        throw new AppError('not_found', 'mcp.unknown_tool', `Unknown tool: call others through ${CALL_TOOL}.`);
    }
  }

  async #find({ scope }: Exchange, args: unknown, era: Era): Promise<object> {
    const given = FindToolsArguments.safeParse(args ?? {});
    if (!given.success) {
      return refusal(given.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    }
    const { query, limit } = given.data;
    const { items } = await this.discovery.tools(scope, { text: query, limit });
    const found = items.map(({ server, name }) => ({ serverId: server.id, name }));
    const tools = withinBound(await this.lists.shownTools(scope, found, era));
    const structuredContent = { tools };
    const hint = tools.length > 0 ? [] : [textOf('No tool matches these words: search again in others.')];
    return { content: [textOf(JSON.stringify(structuredContent)), ...hint], structuredContent };
  }
}

function withinBound(definitions: readonly Definition[]): readonly Definition[] {
  let characters = 0;
  const tooMany = definitions.findIndex((definition, i) => {
    characters += JSON.stringify(definition).length;
    return i > 0 && characters > FOUND_CHARACTERS_AT_MOST;
  });
  return tooMany === -1 ? definitions : definitions.slice(0, tooMany);
}

/** An error of the tool, not of the protocol: the model that called reads it, and can do better. */
function refusal(why: string): object {
  return { content: [textOf(why.slice(0, 2000))], isError: true };
}

function textOf(text: string): object {
  return { type: 'text', text };
}

function inEra(era: Era, result: object): Buffer {
  const encoded = Buffer.from(JSON.stringify(result));
  return era === 'modern' ? envelope.modern(encoded) : encoded;
}
