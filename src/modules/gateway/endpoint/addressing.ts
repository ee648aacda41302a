import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import type { ParamHeader } from '../../../mcp/param-headers.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { splice } from '../../../mcp/splice.js';
import { Catalogue, type CatalogueTool } from '../catalogue/catalogue.js';
import { CatalogueLists } from '../catalogue/lists.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from './exchange.js';

/** Which upstream a call goes to, and its bytes as that upstream must see them. */
export interface Addressed {
  readonly server: RoutedServer;
  readonly body: Buffer;
  /** The tool, prompt or URI under the server's own name. */
  readonly name?: string | undefined;
  readonly toolName?: string | undefined;
  readonly definitionHash?: string | undefined;
  readonly paramHeaders?: readonly ParamHeader[] | undefined;
  /** The tool's definition, as the server gave it; undefined for one that the catalogue does not have. */
  readonly tool?: CatalogueTool | undefined;
}

/** Finds the upstream of `tools/call`, `prompts/get`, `resources/read` and `completion/complete`. */
@Injectable()
export class Addressing {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lists: CatalogueLists,
  ) {}

  /** @throws AppError `mcp.unknown_tool`, `mcp.unknown_prompt`, `mcp.resource_not_found`, `mcp.invalid_params`. */
  async address(exchange: Exchange, body: ParsedBody): Promise<Addressed> {
    const { target } = exchange;
    if (target.kind === 'server') return this.#onServer(target.server, body);
    switch (body.method) {
      case 'tools/call':
        return this.#tool(exchange, body);
      case 'prompts/get':
        return this.#prompt(exchange, body);
      case 'completion/complete':
        return this.#completion(exchange, body);
      default:
        return this.#resource(exchange, body);
    }
  }

  /** Names are the server's own: bytes stay bytes. */
  async #onServer(server: RoutedServer, body: ParsedBody): Promise<Addressed> {
    const name = ownMember(body.params, body.method.startsWith('resources/') ? 'uri' : 'name');
    if (typeof name !== 'string') return { server, body: body.bytes };
    if (body.method !== 'tools/call') return { server, body: body.bytes, name };
    const tool = (await this.catalogue.of(server)).tools.get(name);
    return addressedTool(server, body.bytes, name, tool);
  }

  async #tool({ scope }: Exchange, body: ParsedBody): Promise<Addressed> {
    const exposed = textMember(body, 'name');
    const found = await this.lists.tool(scope, exposed);
    if (!found) throw new AppError('not_found', 'mcp.unknown_tool', `Unknown tool: ${exposed}`);
    const { server, tool } = found;
    return addressedTool(server, renamed(body, 'name', tool.name), tool.name, tool);
  }

  async #prompt({ scope }: Exchange, body: ParsedBody): Promise<Addressed> {
    const exposed = textMember(body, 'name');
    const found = await this.lists.prompt(scope, exposed);
    if (!found) throw new AppError('not_found', 'mcp.unknown_prompt', `Unknown prompt: ${exposed}`);
    return { server: found.server, body: renamed(body, 'name', found.prompt.name), name: found.prompt.name };
  }

  async #resource({ scope }: Exchange, body: ParsedBody): Promise<Addressed> {
    const uri = textMember(body, 'uri');
    const found = await this.lists.resource(scope, uri);
    if (!found)
      throw new AppError('not_found', MCP_ERROR.resourceNotFound, `Resource not found: ${uri}`, { data: { uri } });
    return { server: found.server, body: renamed(body, 'uri', found.uri), name: found.uri };
  }

  /** `ref` names a prompt or a resource template. */
  async #completion({ scope }: Exchange, body: ParsedBody): Promise<Addressed> {
    const ref = ownMember(body.params, 'ref');
    const range = body.ranges.ref;
    if (!isRecord(ref) || !range) throw invalidParams('params.ref must be an object');
    const [name, uri] = [ownMember(ref, 'name'), ownMember(ref, 'uri')];
    if (typeof name === 'string') {
      const found = await this.lists.prompt(scope, name);
      if (!found) throw new AppError('not_found', 'mcp.unknown_prompt', `Unknown prompt: ${name}`);
      return {
        server: found.server,
        body: splice(body.bytes, range, JSON.stringify({ ...ref, name: found.prompt.name })),
      };
    }
    if (typeof uri !== 'string') throw invalidParams('params.ref needs a name or a uri');
    const found = await this.lists.resource(scope, uri);
    if (!found) throw new AppError('not_found', MCP_ERROR.resourceNotFound, `Resource not found: ${uri}`);
    return { server: found.server, body: splice(body.bytes, range, JSON.stringify({ ...ref, uri: found.uri })) };
  }
}

/** Member by member: a copy of another object costs more than all else that is done here. */
function addressedTool(server: RoutedServer, body: Buffer, name: string, tool: CatalogueTool | undefined): Addressed {
  return {
    server,
    body,
    name,
    toolName: name,
    definitionHash: tool?.definitionHash,
    paramHeaders: tool?.paramHeaders,
    tool,
  };
}

function textMember(body: ParsedBody, member: 'name' | 'uri'): string {
  const value = ownMember(body.params, member);
  if (typeof value !== 'string') throw invalidParams(`params.${member} must be a string`);
  return value;
}

function renamed(body: ParsedBody, member: 'name' | 'uri', name: string): Buffer {
  const range = body.ranges[member];
  return range ? splice(body.bytes, range, JSON.stringify(name)) : body.bytes;
}

function invalidParams(why: string): AppError {
  return new AppError('invalid', 'mcp.invalid_params', `Invalid params: ${why}.`);
}
