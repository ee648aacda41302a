import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Scope } from '../../../kernel/scope.js';
import { SSE_KEEP_ALIVE } from '../../../mcp/sse-encoder.js';
import { Readiness } from '../../monitoring/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { Outlet } from '../endpoint/outlet.js';

export type ListKind = 'tools' | 'prompts' | 'resources';
const ALL_KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** An open stream to a client that hears of changes. */
export interface Listener {
  readonly outlet: Outlet;
  readonly scope: Scope;
  /** Undefined: the aggregate. */
  readonly serverId: string | undefined;
  onListChanged(kinds: readonly ListKind[]): void;
  /** The service ends; say goodbye and end the stream. */
  onEnd(): void;
}

const STREAMS_AT_MOST = 10_000;
const KEEP_ALIVE_MS = 15_000;
/** Changes that come together are told once. */
const COALESCE_MS = 25;
/** A client that does not read must not fill our memory. */
const UNREAD_BYTES_AT_MOST = 1024 * 1024;

/** Every open stream of this replica: told of changes, kept alive, bounded, ended at shutdown. */
@Injectable()
export class StreamHub implements OnApplicationShutdown {
  readonly #listeners = new Set<Listener>();
  readonly #pending: { tenantId: string; shared: boolean; serverId: string }[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #keepAlive: NodeJS.Timeout;

  constructor(routes: RouteTable, readiness: Readiness) {
    readiness.onDrain(() => {
      this.endAll();
    });
    routes.onChange((change) => {
      // Health marks definitions as stale, and changes no list.
      if (change.kind === 'health') return;
      this.#pending.push(change);
      this.#timer ??= setTimeout(() => {
        this.#tell();
      }, COALESCE_MS);
    });
    this.#keepAlive = setInterval(() => {
      for (const { outlet } of this.#listeners) {
        if (outlet.unreadBytes > UNREAD_BYTES_AT_MOST) outlet.destroy();
        else void outlet.write(SSE_KEEP_ALIVE);
      }
    }, KEEP_ALIVE_MS).unref();
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns what ends the membership. @throws AppError `gateway.streams_exhausted`. */
  join(listener: Listener): () => void {
    if (this.#listeners.size >= STREAMS_AT_MOST) {
      throw new AppError('unavailable', 'gateway.streams_exhausted', 'Too many open streams on this replica.', {
        retryAfterSeconds: 10,
      });
    }
    this.#listeners.add(listener);
    const leave = (): void => {
      this.#listeners.delete(listener);
    };
    listener.outlet.onClose(leave);
    return leave;
  }

  /** Ends every stream with its goodbye; called when the service drains. */
  endAll(): void {
    for (const listener of this.#listeners) listener.onEnd();
    this.#listeners.clear();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#keepAlive);
  }

  #tell(): void {
    this.#timer = undefined;
    const changes = this.#pending.splice(0);
    for (const listener of this.#listeners) {
      const concerned = changes.some(
        ({ tenantId, shared, serverId }) =>
          (shared || listener.scope.kind === 'system' || listener.scope.tenantId === tenantId) &&
          (listener.serverId === undefined || listener.serverId === serverId),
      );
      if (concerned) listener.onListChanged(ALL_KINDS);
    }
  }
}
