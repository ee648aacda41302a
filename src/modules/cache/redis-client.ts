import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import { messageOf } from '../../kernel/app-error.js';
import { LateBreaker } from './late-breaker.js';
import { inTime, LATE } from './in-time.js';
import { type RedisCommands, RedisConnection } from './redis-connection.js';
import type { RedisScript } from './redis-script.js';

const COMMAND_DEADLINE_MS = 50;

/**
 * The process's connection for commands. An accelerator, never a dependency: a command that does not
 * answer within 50 ms counts as a miss, and nothing waits for a Redis that is away. After three late
 * answers in a row nothing is asked of it until a PING, one a second, is answered in time.
 *
 * One Redis: a `REDIS_URL` that names several nodes (Redis Cluster) would be told apart here and in
 * `RedisSubscriber`. Scripts name all their keys, and PUBLISH counts receivers of one node only.
 */
export class RedisClient {
  readonly #log = new Logger('Redis');
  readonly #connection: RedisConnection;
  readonly #breaker = new LateBreaker();
  readonly #backListeners: (() => void)[] = [];
  #state: 'new' | 'usable' | 'away' = 'new';
  #refused = false;

  constructor(url: string) {
    this.#connection = new RedisConnection(url, {
      ready: () => {
        this.#breaker.inTime();
        this.#usable();
      },
      error: (error) => {
        this.#away(messageOf(error));
      },
      probe: (answer) => void this.#timed(answer),
    });
  }

  /** Not awaited by anyone: connecting pends while Redis is down. */
  connect(): void {
    this.#connection.connect();
  }

  /** Whether it is of use to ask now. */
  get isReady(): boolean {
    return this.#connection.isReady && !this.#breaker.isOpen;
  }

  /** Hears that Redis is usable again after it was away: what was written meanwhile is not there. */
  onBack(listener: () => void): void {
    this.#backListeners.push(listener);
  }

  /** Whether Redis answers a PING in time. */
  async ping(): Promise<boolean> {
    return (await this.within((client) => client.ping())) === 'PONG';
  }

  /**
   * How many were subscribed to the channel; `undefined` when Redis is away or late, and then nobody knows.
   * It is sent before this returns, while the connection stands: a lot of bytes under way is no sign of
   * a Redis that does not answer, and one of many messages left out would be worse than all of them late.
   */
  async publish(channel: string, message: Buffer): Promise<number | undefined> {
    if (!this.#connection.isReady) return undefined;
    return this.#timed(this.#connection.client.publish(channel, message), { counts: false });
  }

  /** The script's reply; `undefined` when Redis is away or late, and then it may have run. */
  async run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.within((client) => script.run(client, keys, args));
  }

  /** Runs one command, which is sent before this returns; `undefined` when Redis is away or late. */
  async within<T>(command: (client: RedisCommands) => Promise<T>): Promise<T | undefined> {
    if (!this.isReady) return undefined;
    return this.#timed(command(this.#connection.client));
  }

  close(): void {
    this.#connection.close();
  }

  async #timed<T>(reply: Promise<T>, { counts } = { counts: true }): Promise<T | undefined> {
    try {
      // Not aborted when late: aborting a command that was sent corrupts the client's queue.
      const first = await inTime(reply, COMMAND_DEADLINE_MS);
      if (first !== LATE) {
        this.#answered();
        return first;
      }
      if (counts) this.#breaker.late();
      if (this.#breaker.isOpen) this.#away('it does not answer in time');
    } catch (error) {
      if (error instanceof ErrorReply) this.#refuses(error);
    }
    return undefined;
  }

  #answered(): void {
    this.#breaker.inTime();
    this.#refused = false;
    this.#usable();
  }

  #refuses(error: ErrorReply): void {
    this.#breaker.inTime();
    if (!this.#refused) this.#log.warn(`Redis refuses a command: ${error.message}`);
    this.#refused = true;
  }

  #away(why: string): void {
    if (this.#state !== 'away') this.#log.warn(`Redis is away: ${why}; going on without it`);
    this.#state = 'away';
  }

  #usable(): void {
    if (this.#state === 'usable' || !this.isReady) return;
    const wasAway = this.#state === 'away';
    this.#state = 'usable';
    if (!wasAway) return;
    this.#log.log('Redis is back');
    for (const listener of this.#backListeners) listener();
  }
}
