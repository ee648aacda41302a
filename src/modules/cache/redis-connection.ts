import { createClient } from 'redis';

const CONNECT_TIMEOUT_MS = 5000;
const QUEUED_COMMANDS_AT_MOST = 10_000;
/** A connection on which nothing is heard for this long is replaced: its other end may be gone for good. */
const SILENT_AT_MOST_MS = 10_000;
const PROBE_EVERY_MS = 1000;

export type RedisCommands = ReturnType<typeof createClient>;

export interface ConnectionEvents {
  /** Connected, at first or again. */
  readonly ready: (client: RedisCommands) => void;
  readonly error: (error: unknown) => void;
  /** A PING was sent, one a second while the one before was answered. */
  readonly probe?: (answer: Promise<unknown>) => void;
}

/**
 * One connection that keeps itself: it connects anew when it is lost, and when it is silent, which
 * neither TCP nor the client notices by itself. Nobody waits for it.
 */
export class RedisConnection {
  #client: RedisCommands;
  #watch: NodeJS.Timeout | undefined;
  /** Since when an answer is awaited: to a PING, or to the handshake. */
  #awaitingSinceMs: number | undefined;

  constructor(
    private readonly url: string,
    private readonly events: ConnectionEvents,
  ) {
    this.#client = this.#create();
  }

  get client(): RedisCommands {
    return this.#client;
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  /** Pends while Redis is down, so it is not awaited. */
  connect(): void {
    this.#watch = setInterval(() => {
      this.#look();
    }, PROBE_EVERY_MS).unref();
    this.#open();
  }

  close(): void {
    clearInterval(this.#watch);
    drop(this.#client);
  }

  #create(): RedisCommands {
    const client: RedisCommands = createClient({
      url: this.url,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandsQueueMaxLength: QUEUED_COMMANDS_AT_MOST,
      socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 2000) },
    });
    client.on('connect', () => {
      if (client === this.#client) this.#awaitingSinceMs = performance.now();
    });
    client.on('error', (error: unknown) => {
      if (client !== this.#client) return;
      this.#awaitingSinceMs = undefined;
      this.events.error(error);
    });
    client.on('ready', () => {
      if (client !== this.#client) return;
      this.#awaitingSinceMs = undefined;
      this.events.ready(client);
    });
    return client;
  }

  #open(): void {
    this.#client.connect().catch(() => undefined);
  }

  #look(): void {
    if (this.#awaitingSinceMs !== undefined) {
      if (performance.now() - this.#awaitingSinceMs > SILENT_AT_MOST_MS) this.#replace();
      return;
    }
    const client = this.#client;
    if (!client.isReady) return;
    this.#awaitingSinceMs = performance.now();
    const probing = client.ping().finally(() => {
      if (client === this.#client) this.#awaitingSinceMs = undefined;
    });
    probing.catch(() => undefined);
    this.events.probe?.(probing);
  }

  #replace(): void {
    const silent = this.#client;
    this.#awaitingSinceMs = undefined;
    this.#client = this.#create();
    this.events.error(new Error(`silent for ${String(SILENT_AT_MOST_MS / 1000)} s`));
    drop(silent);
    this.#open();
  }
}

/** Unreferenced too: a client that is just connecting does so although it was told to end. */
function drop(client: RedisCommands): void {
  client.unref();
  client.disconnect().catch(() => undefined);
}
