import { scanResponse } from '../../../mcp/scan-response.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { isEventStream } from './relay.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** What a whole answer held; `none`: an event stream that ended without a JSON-RPC answer. */
export type ReadResponse =
  { readonly kind: 'read'; readonly bytes: Buffer } | { readonly kind: 'too_large' } | { readonly kind: 'none' };

/** The JSON-RPC answer to a request of our own, from a JSON body or at the end of an event stream. */
export async function readResponse(answer: UpstreamAnswer, bytesAtMost: number): Promise<ReadResponse> {
  const decoder = isEventStream(answer) ? new SseDecoder() : undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > bytesAtMost) return { kind: 'too_large' };
    if (!decoder) chunks.push(chunk);
    else {
      const final = decoder.push(chunk).find(({ data }) => data && scanResponse(data).isResponse);
      if (final?.data) return { kind: 'read', bytes: final.data };
    }
  }
  return decoder ? { kind: 'none' } : { kind: 'read', bytes: Buffer.concat(chunks) };
}

/** A refusal is short. */
const REFUSAL_BYTES_AT_MOST = 64 * 1024;

/** The JSON-RPC error code in an answer that is refused anyway; its body is read for that. */
export async function errorCodeOf(answer: UpstreamAnswer): Promise<number | undefined> {
  const response = await readResponse(answer, REFUSAL_BYTES_AT_MOST);
  return response.kind === 'read' ? scanResponse(response.bytes).errorCode : undefined;
}
