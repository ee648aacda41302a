import { Injectable } from '@nestjs/common';
import { egressErrorOf, isConnectionError } from '../../../egress/egress-errors.js';
import { AppError } from '../../../kernel/app-error.js';
import { CLIENT_LEFT, type Exchange } from '../endpoint/exchange.js';
import { type CallFacts, CallRecords } from './call-records.js';
import type { CallRecord } from './call-record.js';
import { EraDoubts } from './era-doubts.js';
import { refuseUnusable } from './refuse-unusable.js';
import { isEventStream, relayEvents, relayJson, type Rewrite } from './relay.js';
import { UpstreamClient } from './upstream-client.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** A client's request on its way to one upstream. */
export interface Forwarding extends CallFacts {
  /** The request's id, as JSON text. */
  readonly rawId: string;
  /** A session that has to be opened first is opened within the breaker and the bound of calls in flight. */
  readonly passage: Passage | (() => Promise<Passage>);
  /** What becomes of the messages before the answer, on its stream. */
  readonly rewrite?: Rewrite;
}

/** The way to an upstream. */
export interface Passage {
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whether this answer says that the upstream forgot our session: the one case in which the request
   * is sent again, once. Yields the headers for that.
   */
  readonly renew?: (answer: UpstreamAnswer) => Promise<Renewal>;
}

/** The answer that stands, or the headers with which the request goes again. */
export type Renewal = { readonly answer: UpstreamAnswer } | { readonly headers: Readonly<Record<string, string>> };

/** Sends a request to its upstream, once, and its answer back: breaker, bulkhead, audit, relay. */
@Injectable()
export class Forwarder {
  constructor(
    private readonly records: CallRecords,
    private readonly client: UpstreamClient,
    private readonly doubts: EraDoubts,
  ) {}

  /** @throws AppError when nothing was sent to the client yet. */
  async forward(exchange: Exchange, forwarding: Forwarding): Promise<void> {
    const record = await this.records.begin(exchange.caller, forwarding);
    try {
      const answer = await this.#send(exchange, forwarding);
      await this.#relay(exchange, forwarding, answer, record);
    } catch (error) {
      await record.failed(error, exchange.signal.aborted || error === CLIENT_LEFT);
      throw error;
    }
  }

  async #send(exchange: Exchange, { server, body, passage }: Forwarding): Promise<UpstreamAnswer> {
    const { headers, renew } = typeof passage === 'function' ? await passage() : passage;
    const send = (with_: Readonly<Record<string, string>>): Promise<UpstreamAnswer> =>
      this.client.request(server, { method: 'POST', body, headers: with_, signal: exchange.signal });
    const answer = await send(headers);
    if (!renew) return answer;
    const renewal = await renew(answer);
    return 'headers' in renewal ? send(renewal.headers) : renewal.answer;
  }

  async #relay(exchange: Exchange, forwarding: Forwarding, answer: UpstreamAnswer, record: CallRecord): Promise<void> {
    const { server, era, rawId, rewrite } = forwarding;
    const doubt = (errorCode: number | undefined): void => {
      if (era === 'modern') this.doubts.weigh(server, answer.statusCode, errorCode);
    };
    try {
      await refuseUnusable(answer, server, era);
      await (isEventStream(answer) ? relayEvents : relayJson)(answer, exchange.outlet, {
        rawId,
        beforeLast: ({ response, bytes }) => {
          doubt(response?.errorCode);
          return record.answered(response, bytes);
        },
        rewrite,
      });
    } catch (error) {
      if (error instanceof AppError) doubt(undefined);
      throw isConnectionError(error) ? egressErrorOf(error, new URL(server.url).host) : error;
    }
  }
}
