/** A JSON object of a fixture: typed loosely, because fixtures also say what is wrong. */
export type Definition = Record<string, unknown>;

/** What an upstream fixture offers. Change the arrays at run time to change the catalogue. */
export interface UpstreamContent {
  name: string;
  version: string;
  instructions?: string;
  tools: Definition[];
  resources: Definition[];
  resourceTemplates: Definition[];
  prompts: Definition[];
  /** Items of one page; all on one when absent. */
  pageSize?: number;
}

export const ECHO_TOOL: Definition = {
  name: 'echo',
  title: 'Echo',
  description: 'Says back what it is told',
  inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  annotations: { readOnlyHint: true },
};

export const ADD_TOOL: Definition = {
  name: 'add',
  description: 'Adds two numbers',
  inputSchema: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
};

export function upstreamContent(overrides: Partial<UpstreamContent> = {}): UpstreamContent {
  return {
    name: 'fixture',
    version: '1.2.3',
    instructions: 'Echo and add.',
    tools: [ECHO_TOOL, ADD_TOOL],
    resources: [{ uri: 'test://greeting', name: 'greeting', mimeType: 'text/plain', description: 'A greeting' }],
    resourceTemplates: [{ uriTemplate: 'test://item/{id}', name: 'item', mimeType: 'application/json' }],
    prompts: [{ name: 'ask', description: 'Asks', arguments: [{ name: 'topic', required: true }] }],
    ...overrides,
  };
}

export const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { listChanged: true },
  prompts: { listChanged: true },
};

/** One page of a list: the cursor is the offset. */
export function pageOf(
  content: UpstreamContent,
  member: 'tools' | 'resources' | 'resourceTemplates' | 'prompts',
  cursor: string | undefined,
): Definition {
  const items = content[member];
  const from = Number(cursor ?? 0);
  const to = from + (content.pageSize ?? items.length);
  return { [member]: items.slice(from, to), ...(to < items.length && { nextCursor: String(to) }) };
}

/** What the common tools answer. */
export function callTool(name: string, args: Record<string, unknown> = {}): Definition {
  if (name === 'echo') return { content: [{ type: 'text', text: `Echo: ${String(args['message'])}` }] };
  if (name === 'add') {
    const sum = Number(args['a']) + Number(args['b']);
    return { content: [{ type: 'text', text: String(sum) }], structuredContent: { sum } };
  }
  return { content: [{ type: 'text', text: `No tool ${name}` }], isError: true };
}

export function readResource(uri: string): Definition {
  return { contents: [{ uri, mimeType: 'text/plain', text: `The content of ${uri}` }] };
}

export function getPrompt(name: string, args: Record<string, unknown> = {}): Definition {
  return {
    messages: [{ role: 'user', content: { type: 'text', text: `${name}: ${JSON.stringify(args)}` } }],
  };
}
