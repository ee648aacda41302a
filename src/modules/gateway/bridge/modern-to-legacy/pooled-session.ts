import { LightAbort } from '../../../../kernel/light-abort.js';
import type { RoutedServer } from '../../catalogue/routed-server.js';
import type { UpstreamSession } from '../../sessions/client-session.js';

/** A call that hears what the server says on the session. */
export interface SessionCall {
  /** A message of the session's own stream, as bytes. */
  hear(message: Buffer): void;
}

/** A session with a legacy server, held for modern clients. */
export class PooledSession {
  /** Calls that run, by the id under which the server knows them. */
  readonly calls = new Map<string, SessionCall>();
  /** Aborts when the session ends, and its stream with it. */
  readonly ended = new LightAbort();
  /** No new call: the server forgot it or moved, or a call on it broke off. */
  doomed = false;
  /** Whether the server was told to send log messages. */
  logs = false;
  /** Resolves when it is known whether the server has a stream for it; undefined: nobody asked yet. */
  stream: Promise<void> | undefined;
  lastUsedAtMs = 0;
  #lastId = 0;

  constructor(
    readonly key: string,
    readonly principal: string,
    /** As it was when the session was opened. */
    readonly server: RoutedServer,
    readonly upstream: UpstreamSession,
    /** One call at a time. */
    readonly exclusive: boolean,
  ) {}

  /** As JSON text: a number, or a text as progress token. */
  nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }
}
