import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { SUBSCRIPTION_ID_KEY } from '../../../mcp/meta-keys.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { encodeSseMessage } from '../../../mcp/sse-encoder.js';
import type { Exchange } from '../endpoint/exchange.js';
import { EVENT_STREAM_HEADERS } from '../forward/relay.js';
import { isSearch } from '../own-answers.js';
import { ListWatch } from './list-watch.js';
import { ResourceUpdates } from './resource-updates.js';
import { type ListKind, StreamHub } from './stream-hub.js';

interface Filter {
  readonly toolsListChanged?: boolean | undefined;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
}

const KINDS: readonly (readonly [keyof Filter, ListKind])[] = [
  ['toolsListChanged', 'tools'],
  ['promptsListChanged', 'prompts'],
  ['resourcesListChanged', 'resources'],
];
const MOST_RESOURCES = 256;

/** `subscriptions/listen`: a stream that says when a list changed or a resource was updated. */
@Injectable()
export class ListenStreams {
  constructor(
    private readonly hub: StreamHub,
    private readonly updates: ResourceUpdates,
    private readonly watch: ListWatch,
  ) {}

  async open(exchange: Exchange, body: ParsedBody): Promise<void> {
    const { outlet } = exchange;
    const asked = filterOf(body);
    // What the search endpoint lists never changes: that filter is not acknowledged.
    const filter = isSearch(exchange.target) ? { ...asked, toolsListChanged: undefined } : asked;
    const id = body.message['id'];
    const meta = { [SUBSCRIPTION_ID_KEY]: id };
    const notification = (method: string, params: object = {}): Buffer =>
      encodeSseMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params: { ...params, _meta: meta } })));

    const kinds = new Set(KINDS.filter(([member]) => filter[member] === true).map(([, kind]) => kind));
    const leave = this.hub.join({
      outlet,
      scope: exchange.scope,
      serverId: exchange.target.kind === 'server' ? exchange.target.server.id : undefined,
      onListChanged: (changed) => {
        for (const kind of changed)
          if (kinds.has(kind)) void outlet.write(notification(`notifications/${kind}/list_changed`));
      },
      onEnd: () =>
        outlet.end(
          encodeSseMessage(
            Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: meta } })),
          ),
        ),
    });
    outlet.start(200, EVENT_STREAM_HEADERS);
    void outlet.write(notification('notifications/subscriptions/acknowledged', { notifications: filter }));
    exchange.signal.addEventListener('abort', leave);
    if (exchange.target.kind === 'server' && kinds.size > 0) this.watch.watch(exchange.target.server, exchange.signal);
    if (filter.resourceSubscriptions !== undefined && filter.resourceSubscriptions.length > 0) {
      await this.updates.follow(exchange, filter.resourceSubscriptions, (uri) => {
        void outlet.write(notification('notifications/resources/updated', { uri }));
      });
    }
  }
}

/** @throws AppError `mcp.invalid_params`. */
function filterOf(body: ParsedBody): Filter {
  const given = ownMember(body.params, 'notifications');
  if (!isRecord(given))
    throw new AppError('invalid', 'mcp.invalid_params', 'Invalid params: params.notifications must be an object.');
  const uris = ownMember(given, 'resourceSubscriptions');
  if (
    uris !== undefined &&
    !(Array.isArray(uris) && uris.length <= MOST_RESOURCES && uris.every((uri) => typeof uri === 'string'))
  ) {
    throw new AppError(
      'invalid',
      'mcp.invalid_params',
      `Invalid params: resourceSubscriptions must be at most ${String(MOST_RESOURCES)} URIs.`,
    );
  }
  return {
    ...Object.fromEntries(
      KINDS.filter(([member]) => ownMember(given, member) === true).map(([member]) => [member, true]),
    ),
    ...(uris === undefined ? {} : { resourceSubscriptions: uris }),
  };
}
