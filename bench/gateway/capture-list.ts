import type { CapturedPage } from '../tools/static-lists.js';
import { MODERN_META, MODERN_VERSION } from '../tools/wire.js';

const MAX_PAGES = 100;

/** Reads `tools/list` to its end, each page's result as it was sent. */
export async function captureList(url: string): Promise<CapturedPage[]> {
  const pages: CapturedPage[] = [];
  let cursor: string | undefined;
  do {
    const params = { ...(cursor !== undefined && { cursor }), _meta: MODERN_META };
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': MODERN_VERSION,
        'mcp-method': 'tools/list',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params }),
      signal: AbortSignal.timeout(30_000),
    });
    const { result } = (await response.json()) as { result?: { nextCursor?: string } };
    if (result === undefined) throw new Error(`tools/list on ${url}: HTTP ${response.status}, no result`);
    pages.push({ cursor: cursor ?? null, result: JSON.stringify(result) });
    cursor = result.nextCursor;
  } while (cursor !== undefined && pages.length < MAX_PAGES);
  return pages;
}
