import { Inject, Injectable, Optional } from '@nestjs/common';
import { LightAbort } from '../../../kernel/light-abort.js';
import { AnswerSink } from '../replicas/answer-sink.js';
import type { Incoming } from '../replicas/incoming-exchange.js';
import { ReplicaInbox } from '../replicas/replica-inbox.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstream-exchange.js';

/** The kind under which replicas ask each other to use a connection to an `sse` server. */
const SSE_REQUEST = 'sse-request';

interface SseRequest {
  readonly id: string;
  readonly method: UpstreamRequest['method'];
}

/** `undefined`: there is no such connection, and nothing was sent. */
type UseLink = (id: string, request: UpstreamRequest) => Promise<UpstreamAnswer | undefined>;

/** Connections to `sse` servers that other replicas hold. */
@Injectable()
export class RemoteLinks {
  constructor(@Optional() @Inject(ReplicaInbox) private readonly inbox: ReplicaInbox | undefined) {}

  /** How this replica's own connections are used for others. */
  serve(use: UseLink): void {
    this.inbox?.serve(SSE_REQUEST, (incoming) => serveOne(incoming, use));
  }

  /**
   * @returns undefined when that replica is not there any more, or does not know the connection: nothing was sent.
   * @throws AppError `gateway.replica_gone`, `gateway.replicas_unavailable`, `gateway.exchanges_exhausted`.
   */
  async request(replica: string, id: string, request: UpstreamRequest): Promise<UpstreamAnswer | undefined> {
    if (!this.inbox) return undefined;
    const { method, body = Buffer.alloc(0), signal } = request;
    if (signal?.aborted) throw signal.reason;
    const sink = new AnswerSink();
    const meta: SseRequest = { id, method };
    const call = this.inbox.ask(replica, SSE_REQUEST, meta, body, sink);
    const abort = (): void => call.abort();
    signal?.addEventListener('abort', abort, { once: true });
    const over = (): void => signal?.removeEventListener('abort', abort);
    call.done.then(over, over);
    if ((await call.delivery) === 'gone') return undefined;
    const answer = await Promise.race([sink.answer, call.done.then(() => sink.answer)]);
    if (answer.statusCode !== 404) return answer;
    await answer.body.dump();
    return undefined;
  }
}

async function serveOne({ meta, body, outlet }: Incoming, use: UseLink): Promise<void> {
  // A replica of this version wrote it.
  const { id, method } = meta as SseRequest;
  const signal = new LightAbort();
  outlet.onClose(() => signal.abort(new Error('the other replica does not wait any more')));
  const answer = await use(id, { method, headers: {}, ...(body.length > 0 ? { body } : {}), signal });
  if (!answer) {
    outlet.send(404, {});
    return;
  }
  const type = answer.headers['content-type'];
  outlet.start(answer.statusCode, typeof type === 'string' ? { 'content-type': type } : {});
  // A stream whose reader left ends with it.
  outlet.onClose(() => void answer.body.dump());
  for await (const chunk of answer.body) await outlet.write(chunk);
  outlet.end();
}
