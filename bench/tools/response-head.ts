/** What the load generator needs of a response's head. */
export interface ResponseHead {
  readonly status: number;
  readonly chunked: boolean;
  /** Bytes of the body unless it is chunked. */
  readonly length: number;
  /** The server closes the connection after it. */
  readonly close: boolean;
  readonly eventStream: boolean;
  readonly sessionId: string | undefined;
}

/** Reads the status line and the headers, as they stand before the empty line. */
export function readHead(raw: string): ResponseHead {
  const lower = raw.toLowerCase();
  const status = Number(raw.slice(9, 12));
  return {
    status,
    chunked: field(raw, lower, 'transfer-encoding')?.toLowerCase() === 'chunked',
    length: status === 204 || status === 304 ? 0 : Number(field(raw, lower, 'content-length') ?? 0),
    close: field(raw, lower, 'connection')?.toLowerCase() === 'close',
    eventStream: field(raw, lower, 'content-type')?.startsWith('text/event-stream') === true,
    sessionId: field(raw, lower, 'mcp-session-id'),
  };
}

function field(raw: string, lower: string, name: string): string | undefined {
  const start = lower.indexOf(`\r\n${name}:`);
  if (start < 0) return undefined;
  const end = raw.indexOf('\r\n', start + 2);
  return raw.slice(start + name.length + 3, end < 0 ? undefined : end).trim();
}
