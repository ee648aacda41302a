import pg from 'pg';
import { AppError } from '../kernel/app-error.js';

/** What `CheckedPool` reads beside pg's own options. */
export interface CheckedPoolOptions extends pg.PoolConfig {
  /** Connections that are kept open. */
  readonly min: number;
  /** Connections at most: those kept plus the overflow. */
  readonly max: number;
  /** A connection older than this is replaced before its next use. */
  readonly recycleAfterMs: number;
  /** After this long without use a connection is pinged first. */
  readonly pingAfterIdleMs: number;
  readonly pingTimeoutMs: number;
}

/** Counts of connections at one moment; `utilisationPercent` is of all that may be open. */
export interface PoolStatistics {
  readonly size: number;
  readonly idle: number;
  readonly checkedOut: number;
  readonly overflow: number;
  readonly waiting: number;
  /** Since start: discarded by validation or recycle. */
  readonly invalid: number;
  readonly total: number;
  readonly utilisationPercent: number;
}

interface Stamped extends pg.PoolClient {
  openedAtMs?: number;
  lastUsedAtMs?: number;
  /** pg's own, and in no type of it: false while a statement is under way. */
  readonly readyForQuery?: boolean;
}

type Callback = Parameters<pg.Pool['connect']>[0];

/**
 * pg's pool, with what it cannot express: a ping before use after an idle spell, a maximum age, and
 * statistics. Given to TypeORM as `driver: { ...pg, Pool: CheckedPool }`.
 * @throws AppError `database.pool_timeout` when no connection came free within `connectionTimeoutMillis`.
 */
export class CheckedPool extends pg.Pool {
  readonly #checks: CheckedPoolOptions;
  #invalid = 0;

  constructor(options: CheckedPoolOptions) {
    super(options);
    this.#checks = options;
    this.on('connect', (client: Stamped) => (client.openedAtMs = Date.now()));
    this.on('release', (_error, client: Stamped) => (client.lastUsedAtMs = Date.now()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const connected = this.#connectChecked();
    if (!callback) return connected;
    connected.then(
      (client) => {
        callback(undefined, client, client.release.bind(client));
      },
      (error: unknown) => {
        callback(error as Error, undefined, () => undefined);
      },
    );
    return undefined;
  }

  statistics(): PoolStatistics {
    const { min, max } = this.#checks;
    const checkedOut = Math.max(0, this.totalCount - this.idleCount);
    return {
      size: min,
      idle: this.idleCount,
      checkedOut,
      overflow: Math.max(0, this.totalCount - min),
      waiting: this.waitingCount,
      invalid: this.#invalid,
      total: this.totalCount,
      utilisationPercent: Math.round((checkedOut / Math.max(1, max)) * 10_000) / 100,
    };
  }

  async #connectChecked(): Promise<pg.PoolClient> {
    const giveUpAtMs = Date.now() + (this.options.connectionTimeoutMillis ?? 0);
    for (;;) {
      const client: Stamped = await super.connect().catch((error: unknown) => {
        throw isWaitTimeout(error) ? this.#waitedTooLong(error) : error;
      });
      const nowMs = Date.now();
      const idleMs = nowMs - (client.lastUsedAtMs ?? nowMs);
      const tooOld = nowMs - (client.openedAtMs ?? nowMs) > this.#checks.recycleAfterMs;
      // Whose statement was given up by us and not by the server may be as dead as one that is long idle.
      const trusted = idleMs < this.#checks.pingAfterIdleMs && client.readyForQuery !== false;
      if (!tooOld && (trusted || (await this.#ping(client)))) return client;
      if (tooOld) client.release(true);
      this.#invalid += 1;
      if (Date.now() > giveUpAtMs) throw this.#waitedTooLong(new Error('the connections that came free were dead'));
    }
  }

  /** Whether the connection answers; one that does not is destroyed and released. */
  #ping(client: pg.PoolClient): Promise<boolean> {
    return new Promise((resolve) => {
      let settled = false;
      const settle = (error: Error | undefined): void => {
        if (settled) return;
        settled = true;
        clearTimeout(deadline);
        if (error) client.release(error);
        resolve(error === undefined);
      };
      const deadline = setTimeout(() => {
        settle(new Error('the connection did not answer a ping'));
      }, this.#checks.pingTimeoutMs);
      client.query('SELECT 1').then(
        () => {
          settle(undefined);
        },
        (error: unknown) => {
          settle(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  #waitedTooLong(cause: unknown): AppError {
    const seconds = Math.round((this.options.connectionTimeoutMillis ?? 0) / 1000);
    return new AppError(
      'unavailable',
      'database.pool_timeout',
      `No database connection came free within ${String(seconds)} s: all ${String(this.#checks.max)} are in use or the database does not answer. Try again shortly.`,
      { cause, retryAfterSeconds: 5 },
    );
  }
}

/** pg-pool gives this error no code. */
function isWaitTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}
