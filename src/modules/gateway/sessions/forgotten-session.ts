import { Readable } from 'node:stream';
import { bodyOf, type UpstreamAnswer } from '../forward/upstream-exchange.js';

/** What there is to say about a session that is not known is short. */
const BYTES_AT_MOST = 64 * 1024;

/** Whether an upstream forgot the session; if not, its answer, whose body may have been read for that. */
export type SessionVerdict =
  { readonly forgotten: true } | { readonly forgotten: false; readonly answer: UpstreamAnswer };

/**
 * A 404 to a session id says that the session is gone and that nothing ran (2025-11-25, Session
 * Management). Servers written after the SDK's older examples say it with a 400 that speaks of the
 * session, before anything ran too.
 */
export async function sessionVerdict(answer: UpstreamAnswer): Promise<SessionVerdict> {
  if (answer.statusCode === 404) {
    await answer.body.dump();
    return { forgotten: true };
  }
  if (answer.statusCode !== 400) return { forgotten: false, answer };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes <= BYTES_AT_MOST) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (/session/i.test(body.toString('utf8'))) return { forgotten: true };
  return {
    forgotten: false,
    answer: { statusCode: 400, headers: answer.headers, body: bodyOf(Readable.from([body])) },
  };
}
