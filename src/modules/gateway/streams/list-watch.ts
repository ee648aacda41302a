import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../../kernel/app-error.js';
import type { AbortLike } from '../../../kernel/light-abort.js';
import { systemScope } from '../../../kernel/scope.js';
import { isListChanged } from '../../../mcp/list-changed.js';
import { Resync } from '../../servers/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { LegacyListen } from './legacy-listen.js';
import { reopening, type StreamEnd } from './reopening.js';
import { UpstreamListen } from './upstream-listen.js';

const NOTIFICATIONS = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

/** While modern clients listen to a server, one stream to it for all of them, that says when its lists changed. */
@Injectable()
export class ListWatch {
  readonly #log = new Logger(ListWatch.name);
  readonly #watched = new Map<string, { listeners: number; readonly stop: AbortController }>();

  constructor(
    private readonly routes: RouteTable,
    private readonly listen: UpstreamListen,
    private readonly legacy: LegacyListen,
    private readonly resync: Resync,
  ) {}

  /** Until `signal` aborts. */
  watch(server: RoutedServer, signal: AbortLike): void {
    if (signal.aborted) return;
    const watched = this.#watched.get(server.id) ?? { listeners: 0, stop: new AbortController() };
    watched.listeners += 1;
    if (watched.listeners === 1) {
      this.#watched.set(server.id, watched);
      void reopening(watched.stop.signal, () => this.#hear(server.id, watched.stop.signal));
    }
    signal.addEventListener(
      'abort',
      () => {
        watched.listeners -= 1;
        if (watched.listeners > 0) return;
        watched.stop.abort();
        this.#watched.delete(server.id);
      },
      { once: true },
    );
  }

  async #hear(serverId: string, signal: AbortSignal): Promise<StreamEnd> {
    const server = this.routes.byId(systemScope, serverId);
    if (!server) return 'over';
    let heard = false;
    try {
      const opened =
        server.eras.modern === undefined
          ? await this.legacy.hear(server, [], signal)
          : await this.listen.hear(server, NOTIFICATIONS, signal, (message) => {
              heard = true;
              if (isListChanged(message)) this.resync.soon(server.id);
            });
      if (!opened) return 'over';
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`The stream of ${server.name} ended: ${messageOf(error)}`);
    }
    return heard ? 'heard' : 'silent';
  }
}
