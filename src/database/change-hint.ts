import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { messageOf } from '../kernel/app-error.js';

const RECONNECT_MS = 1000;
const CLOSE_WITHIN_MS = 1000;

/** A connection of its own that LISTENs on a channel, and comes back when it is lost. */
export class ChangeHint {
  readonly #log = new Logger(ChangeHint.name);
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly onHint: () => void,
  ) {}

  /** A second call does nothing. */
  start(): void {
    if (this.#client === undefined && !this.#stopped) void this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    // A server that hangs never confirms the end.
    await Promise.race([this.#client?.end().catch(() => undefined), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'mcp-registry-gateway changes',
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    this.#client = client;
    let lost = false;
    const lose = (error?: unknown): void => {
      if (lost || this.#stopped) return;
      lost = true;
      if (error !== undefined) this.#log.warn(`Waiting for changes by poll only: ${messageOf(error)}`);
      void client.end().catch(() => undefined);
      this.#retry = setTimeout(() => void this.#connect(), RECONNECT_MS);
    };
    client.on('error', lose);
    client.on('end', () => {
      lose();
    });
    client.on('notification', () => {
      this.onHint();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      // What was written while nobody listened.
      this.onHint();
    } catch (error) {
      lose(error);
    }
  }
}
