// Whatever was said: tests say what they expect of it.
// oxlint-disable-next-line typescript/no-explicit-any
type Message = any;

/** The answer to a request as it comes, message by message. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly headers: Headers;
  /** The next message. */
  next(): Promise<Message>;
  /** All messages from here to the end. */
  rest(): Promise<Message[]>;
  last(): Promise<Message>;
}

/** A legacy session at the wire, which answers only what it is told to. */
export interface RawSession {
  /** @param signal closes the connection, as a client does that is gone. */
  request(id: string | number, method: string, params: object, signal?: AbortSignal): Promise<RawAnswer>;
  /** The session's own stream, open once this resolves. */
  stream(signal: AbortSignal): Promise<RawAnswer>;
  post(message: object): Promise<Response>;
  delete(): Promise<Response>;
}

export async function openRawSession(
  url: string,
  capabilities: object,
  protocolVersion = '2025-11-25',
): Promise<RawSession> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const post = (message: object, signal: AbortSignal | null = null): Promise<Response> =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(message), signal });
  const withoutBody = (method: 'GET' | 'DELETE', signal: AbortSignal | null = null): Promise<Response> => {
    const { 'content-type': _type, ...rest } = headers;
    return fetch(url, { method, headers: rest, signal });
  };
  const params = { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } };
  const opened = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await opened.body?.cancel();
  headers['mcp-session-id'] = opened.headers.get('mcp-session-id') ?? '';
  headers['mcp-protocol-version'] = protocolVersion;
  return {
    post,
    delete: () => withoutBody('DELETE'),
    stream: async (signal) => answerOf(await withoutBody('GET', signal)),
    request: async (id, method, given, signal) =>
      answerOf(await post({ jsonrpc: '2.0', id, method, params: given }, signal)),
  };
}

function answerOf(response: Response): RawAnswer {
  const contentType = response.headers.get('content-type');
  const messages = messagesOf(response, contentType === 'text/event-stream');
  const rest = async (): Promise<Message[]> => {
    const all: Message[] = [];
    for await (const message of messages) all.push(message);
    return all;
  };
  return {
    status: response.status,
    contentType,
    headers: response.headers,
    next: async () => (await messages.next()).value,
    rest,
    last: async () => (await rest()).at(-1),
  };
}

async function* messagesOf(response: Response, events: boolean): AsyncGenerator<Message, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (!events) continue;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data: '));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice('data: '.length)).join('\n'));
    }
  }
  if (!events && text !== '') yield JSON.parse(text);
  return undefined;
}
