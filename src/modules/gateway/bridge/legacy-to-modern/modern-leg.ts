import { Injectable } from '@nestjs/common';
import { egressErrorOf, isConnectionError } from '../../../../egress/egress-errors.js';
import { AppError } from '../../../../kernel/app-error.js';
import type { AbortLike } from '../../../../kernel/light-abort.js';
import { RPC } from '../../../../mcp/rpc-codes.js';
import { sameId } from '../../../../mcp/same-id.js';
import { SseDecoder } from '../../../../mcp/sse-decoder.js';
import {
  badMessage,
  type PeerError,
  type PeerNotification,
  type PeerResult,
  readPeerMessage,
} from '../../../../mcp/translate/peer-message.js';
import { NO_ID } from '../../../../mcp/wire-error.js';
import { Resync } from '../../../servers/index.js';
import type { RoutedServer } from '../../catalogue/routed-server.js';
import { EraDoubts } from '../../forward/era-doubts.js';
import { isEventStream } from '../../forward/relay.js';
import { UpstreamClient } from '../../forward/upstream-client.js';
import { postHeaders, type UpstreamAnswer } from '../../forward/upstream-exchange.js';
import { refuseUnusable } from '../../forward/refuse-unusable.js';

/** It is parsed, other than what is passed on as bytes. */
const ANSWER_BYTES_AT_MOST = 16 * 1024 * 1024;

/** One modern request of ours to an upstream. */
export interface LegRequest {
  readonly server: RoutedServer;
  /** JSON text. */
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Closing the request is its cancellation (2026-07-28, Cancellation). */
  readonly signal: AbortLike;
  /** Of each notification before the answer; waited for. */
  readonly onNotification: (notification: PeerNotification) => Promise<void>;
}

export interface LegAnswer {
  readonly message: PeerResult | PeerError;
  readonly bytes: number;
}

/** Sends one modern request as a client of our own, and reads what comes of it. */
@Injectable()
export class ModernLeg {
  constructor(
    private readonly client: UpstreamClient,
    private readonly doubts: EraDoubts,
    private readonly resync: Resync,
  ) {}

  /** @throws AppError `gateway.upstream_*`, `gateway.no_answer`, `gateway.answer_too_large`, `mcp.bad_message`, `egress.*`. */
  async send(request: LegRequest): Promise<LegAnswer> {
    const { server, body, signal } = request;
    const headers = { ...postHeaders(), ...request.headers };
    const answer = await this.client.request(server, { method: 'POST', body, headers, signal });
    try {
      await refuseUnusable(answer, server, 'modern');
      const read = isEventStream(answer) ? await readEvents(answer, request) : await readJson(answer, request);
      const code = read.message.kind === 'error' ? read.message.code : undefined;
      this.doubts.weigh(server, answer.statusCode, code);
      // A header that differs is one that we made of a definition that is out of date.
      if (code === RPC.headerMismatch) this.resync.soon(server.id);
      return read;
    } catch (error) {
      if (error instanceof AppError) this.doubts.weigh(server, answer.statusCode, undefined);
      throw isConnectionError(error) ? egressErrorOf(error, new URL(server.url).host) : error;
    }
  }
}

async function readJson({ body }: UpstreamAnswer, { id }: LegRequest): Promise<LegAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_AT_MOST) throw tooLarge();
    chunks.push(chunk);
  }
  const message = readPeerMessage(Buffer.concat(chunks));
  if (message.kind === 'request' || message.kind === 'notification') throw badMessage('it is no answer');
  return { message: ofRequest(message, id), bytes };
}

async function readEvents({ body }: UpstreamAnswer, { id, onNotification }: LegRequest): Promise<LegAnswer> {
  const decoder = new SseDecoder();
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    for (const { data } of decoder.push(chunk)) {
      if (!data || data.length === 0) continue;
      const message = readPeerMessage(data);
      if (message.kind === 'notification') await onNotification(message);
      // 2026-07-28, Streamable HTTP: servers must not send requests on the stream.
      else if (message.kind === 'request') throw badMessage('it asks something of its own accord');
      else return { message: ofRequest(message, id), bytes };
    }
  }
  throw new AppError('upstream_failed', 'gateway.no_answer', 'The server ended its stream without an answer.');
}

/** An error may be about a message that the server could not read. */
function ofRequest(message: PeerResult | PeerError, id: string): PeerResult | PeerError {
  if (sameId(id, message.id) || (message.kind === 'error' && message.id === NO_ID)) return message;
  throw badMessage('it answers something else');
}

function tooLarge(): AppError {
  return new AppError('upstream_failed', 'gateway.answer_too_large', 'The server sent more than 16 MiB of JSON.');
}
