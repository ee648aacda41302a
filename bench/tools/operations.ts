import type { NoReply, Reply } from './http-connection.js';
import { describe, expectResult, type McpConnection, nextRequestId, NotServed, readRpc } from './mcp-connection.js';

/** One thing done over and over, each reply checked. Gives what was wrong, or `undefined`. */
export type Operation = (connection: McpConnection) => Promise<string | undefined>;

const MAX_PAGES = 1_000;

/** `tools/call` of an echo tool: the reply has to carry this very call's text. */
export async function callOperation(
  first: McpConnection,
  options: { readonly tool: string; readonly payloadBytes: number },
): Promise<Operation> {
  const name = await findTool(first, options.tool);
  const filler = 'x'.repeat(options.payloadBytes);
  const heads = new Map<McpConnection, string>();
  return async (connection) => {
    let head = heads.get(connection);
    if (head === undefined) heads.set(connection, (head = connection.head('tools/call', name)));
    const id = nextRequestId();
    const text = `${id}.${filler}`;
    const params = `{"name":"${name}","arguments":{"text":"${text}"}}`;
    return checkEcho(connection, await connection.send('tools/call', id, params, head), id, text);
  };
}

function checkEcho(connection: McpConnection, reply: Reply | NoReply, id: number, text: string): string | undefined {
  if ('failure' in reply) return reply.failure;
  if (reply.status !== 200) return describe(reply);
  const rpc = readRpc(reply);
  if (rpc === undefined) return 'the reply is no JSON';
  if (rpc.id !== id) return 'the reply has another id';
  if (rpc.error !== undefined) return `error ${rpc.error.code} ${rpc.error.message}`;
  if (connection.era === 'modern' && rpc.result?.resultType !== 'complete') return 'the result has no resultType';
  return rpc.result?.content?.[0]?.text === text ? undefined : 'the reply has another text';
}

async function findTool(connection: McpConnection, wanted: string): Promise<string> {
  const { tools } = await walk(connection);
  const exact = tools.find((name) => name === wanted) ?? tools.find((name) => name.endsWith(wanted));
  if (exact === undefined) throw new NotServed(`no tool ${wanted} among ${tools.length}`);
  return exact;
}

/**
 * `tools/list`, all pages of it. They are read once and then only compared by id and size, or the client would be what
 * is measured.
 */
export async function listOperation(first: McpConnection, tools: number | undefined): Promise<Operation> {
  const list = await walk(first);
  if (tools !== undefined && list.tools.length !== tools)
    throw new NotServed(`${list.tools.length} tools where ${tools} were expected`);
  return async (connection) => {
    for (const { params, bytes } of list.pages) {
      const id = nextRequestId();
      const reply = await connection.send('tools/list', id, params);
      if ('failure' in reply) return reply.failure;
      if (reply.status !== 200) return describe(reply);
      // The id is the one part whose length differs.
      if (Math.abs(reply.body.length - bytes) > 16) return `${reply.body.length} bytes where ${bytes} were expected`;
      if (!reply.body.includes(`"id":${id}`)) return 'the reply has another id';
    }
    return undefined;
  };
}

interface WalkedList {
  readonly tools: readonly string[];
  readonly pages: readonly { readonly params: string; readonly bytes: number }[];
}

async function walk(connection: McpConnection): Promise<WalkedList> {
  const tools: string[] = [];
  const pages: { params: string; bytes: number }[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? '{}' : JSON.stringify({ cursor });
    const reply = await connection.send('tools/list', nextRequestId(), params);
    const result = expectResult('tools/list', reply);
    tools.push(...(result.tools ?? []).map((tool) => tool.name));
    pages.push({ params, bytes: 'failure' in reply ? 0 : reply.body.length });
    cursor = result.nextCursor;
  } while (cursor !== undefined && pages.length < MAX_PAGES);
  return { tools, pages };
}
