import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

const TICK_MS = 10;
const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
};

export interface CallLoad {
  /** Correlation ids of calls that got their whole answer. */
  readonly answered: Set<string>;
  /** Of all that were sent. */
  readonly sent: Set<string>;
  /** What answers were no success. */
  readonly refused: string[];
  /** Sends no more, and waits for what is under way. */
  stop(): Promise<void>;
}

let calls = 0;

/** One `tools/call` of `echo`. @returns the status and text of its answer; throws when it has none. */
export async function callEcho(
  pool: Pool,
  server: string,
  correlationId: string,
  args: object = { text: 'hello' },
): Promise<{ readonly status: number; readonly text: string }> {
  const params = { name: 'echo', arguments: args, _meta: META };
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: `/mcp/servers/${server}`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      'x-request-id': correlationId,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  return { status: statusCode, text: await body.text() };
}

/** Sends so many calls a second, whether answers come or not. */
export function startLoad(url: string, server: string, perSecond: number): CallLoad {
  const pool = new Pool(url, { connections: 64 });
  const answered = new Set<string>();
  const sent = new Set<string>();
  const refused: string[] = [];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const one = async (): Promise<void> => {
    calls += 1;
    const correlationId = `load-${String(process.pid)}-${String(calls)}`;
    sent.add(correlationId);
    try {
      const { status, text } = await callEcho(pool, server, correlationId);
      if (status === 200 && text.includes('"content"')) answered.add(correlationId);
      else refused.push(`${String(status)} ${text.slice(0, 200)}`);
    } catch {
      // No answer: the process was killed.
    }
  };
  const startedMs = performance.now();
  const sending = (async () => {
    while (!stopping.signal.aborted) {
      const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
      while (sent.size < due) {
        const call = one();
        running.add(call);
        void call.finally(() => running.delete(call));
      }
      await sleep(TICK_MS);
    }
  })();
  return {
    answered,
    sent,
    refused,
    stop: async () => {
      stopping.abort();
      await sending;
      await Promise.all(running);
      await pool.destroy();
    },
  };
}
