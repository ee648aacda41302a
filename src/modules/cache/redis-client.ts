import { Logger } from '@nestjs/common';
import { createClient } from 'redis';
import { messageOf } from '../../kernel/app-error.js';

const CONNECT_TIMEOUT_MS = 5000;
const COMMAND_DEADLINE_MS = 50;
const QUEUED_COMMANDS_AT_MOST = 1000;

type Client = ReturnType<typeof createClient>;

/**
 * The process's one Redis connection. An accelerator, never a dependency: a command that does not
 * answer within 50 ms counts as a miss, and nothing waits for a Redis that is away.
 */
export class RedisClient {
  readonly #log = new Logger('Redis');
  readonly #client: Client;
  #down = false;

  constructor(url: string) {
    this.#client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: QUEUED_COMMANDS_AT_MOST,
      socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 2000) },
    });
    this.#client.on('error', (error: unknown) => {
      if (!this.#down) this.#log.warn(`Redis is away: ${messageOf(error)}; going on without it`);
      this.#down = true;
    });
    this.#client.on('ready', () => {
      if (this.#down) this.#log.log('Redis is back');
      this.#down = false;
    });
  }

  /** Not awaited by anyone: connecting pends while Redis is down. */
  connect(): void {
    this.#client.connect().catch(() => undefined);
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  /** Whether Redis answers a PING in time. */
  async ping(): Promise<boolean> {
    return (await this.within((client) => client.ping())) === 'PONG';
  }

  /** Runs one command; `undefined` when Redis is away or late. */
  async within<T>(command: (client: Client) => Promise<T>): Promise<T | undefined> {
    if (!this.#client.isReady) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, COMMAND_DEADLINE_MS, undefined);
    });
    try {
      // Not aborted when late: aborting a command that was sent corrupts the client's queue.
      return await Promise.race([command(this.#client), late]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#client.disconnect().catch(() => undefined);
  }
}
