import { RedisConnection } from './redis-connection.js';

/**
 * How long Redis takes for a PING, on a connection of its own: it does not stand in line behind the
 * process's commands, and no breaker answers in its place.
 */
export class RedisPingTime {
  readonly #connection: RedisConnection;

  constructor(url: string) {
    // Nobody is told: the client for commands says what there is to say about a Redis that is away.
    this.#connection = new RedisConnection(url, { ready: () => undefined, error: () => undefined });
  }

  connect(): void {
    this.#connection.connect();
  }

  /** Pends while Redis is frozen: whoever asks has a deadline. @throws Error when it is not connected. */
  async readMs(): Promise<number> {
    if (!this.#connection.isReady) throw new Error('Redis is not connected');
    const startedMs = performance.now();
    await this.#connection.client.ping();
    return performance.now() - startedMs;
  }

  close(): void {
    this.#connection.close();
  }
}
