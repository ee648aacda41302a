import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { messageOf } from '../../kernel/app-error.js';
import { RedisConnection, type RedisCommands } from './redis-connection.js';

const UNSUBSCRIBE_WITHIN_MS = 500;

export type MessageListener = (message: Buffer) => void;

/**
 * The process's connection for messages: Redis takes no other commands on one that listens. Channels
 * are subscribed again on every new connection; what was said meanwhile is lost.
 */
export class RedisSubscriber {
  readonly #log = new Logger('Redis');
  readonly #connection: RedisConnection;
  readonly #channels = new Map<string, MessageListener>();
  readonly #listeningListeners: (() => void)[] = [];
  #listening = false;

  constructor(url: string) {
    this.#connection = new RedisConnection(url, {
      ready: (client) => void this.#subscribeAll(client),
      // The connection for commands tells of it.
      error: () => {
        this.#listening = false;
      },
    });
  }

  /** Not awaited by anyone: connecting pends while Redis is down. */
  connect(): void {
    this.#connection.connect();
  }

  /** One listener a channel. Takes effect at once, or as soon as Redis is there. */
  subscribe(channel: string, listener: MessageListener): void {
    this.#channels.set(channel, listener);
    if (this.#connection.isReady) void this.#subscribe(this.#connection.client, [channel]);
  }

  /** Resolves when Redis counts us out, or cannot say so. */
  async unsubscribe(channel: string): Promise<void> {
    const listener = this.#channels.get(channel);
    this.#channels.delete(channel);
    if (!listener || !this.#connection.isReady) return;
    const leaving = this.#connection.client.unsubscribe(channel).catch((error: unknown) => {
      this.#log.debug(`Could not leave ${channel}: ${messageOf(error)}`);
    });
    await Promise.race([leaving, sleep(UNSUBSCRIBE_WITHIN_MS, undefined, { ref: false })]);
  }

  /** Whether messages arrive now, as far as can be seen. */
  get isListening(): boolean {
    return this.#listening && this.#connection.isReady;
  }

  /** Hears each time all channels are subscribed on a new connection. */
  onListening(listener: () => void): void {
    this.#listeningListeners.push(listener);
  }

  close(): void {
    this.#connection.close();
  }

  async #subscribeAll(client: RedisCommands): Promise<void> {
    if (!(await this.#subscribe(client, [...this.#channels.keys()]))) return;
    this.#listening = true;
    for (const listener of this.#listeningListeners) listener();
  }

  async #subscribe(client: RedisCommands, channels: string[]): Promise<boolean> {
    if (channels.length === 0) return true;
    try {
      await client.subscribe(channels, this.#hear, true);
      return true;
    } catch (error) {
      // The next connection subscribes again.
      this.#log.debug(`Could not subscribe: ${messageOf(error)}`);
      return false;
    }
  }

  /** The same function for all, so that subscribing twice is subscribing once. */
  readonly #hear = (message: Buffer, channel: Buffer): void => {
    this.#channels.get(channel.toString())?.(message);
  };
}
