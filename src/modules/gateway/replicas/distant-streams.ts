import { Inject, Injectable, Optional } from '@nestjs/common';
import { isRecord } from '../../../mcp/json-record.js';
import { ReplicaInbox } from './replica-inbox.js';

/** The kind under which a replica says that it carries a server's stream for a session, or knows that there is none. */
const CARRIED = 'stream carried';
/** A replica that carries the session's stream hears of the server's session and opens its stream within this, or nobody carries one. */
const WITHIN_MS = 200;

export interface Awaited {
  /** Resolves when another replica carries the stream, or none will. */
  readonly carried: Promise<void>;
  forget(): void;
}

/**
 * Servers may ask their client something during the very first call of a session, on the session's stream; what
 * they say before it is open is lost. Where another replica has the client's stream, it opens the server's: the replica
 * that sends the call waits for its word.
 */
@Injectable()
export class DistantStreams {
  readonly #waiting = new Map<string, () => void>();

  constructor(@Optional() @Inject(ReplicaInbox) private readonly inbox: ReplicaInbox | undefined) {
    inbox?.onMessage(CARRIED, (meta) => {
      if (isRecord(meta)) this.#waiting.get(keyOf(String(meta['sessionId']), String(meta['serverId'])))?.();
    });
  }

  /** Begins to listen, before other replicas can know of the server's session. Undefined without others. */
  expect(sessionId: string, serverId: string): Awaited | undefined {
    if (!this.inbox) return undefined;
    const key = keyOf(sessionId, serverId);
    const { promise: carried, resolve } = newDeferred();
    const forget = (): void => {
      clearTimeout(timer);
      if (this.#waiting.get(key) === forget) this.#waiting.delete(key);
      resolve();
    };
    const timer = setTimeout(forget, WITHIN_MS).unref();
    this.#waiting.set(key, forget);
    return { carried, forget };
  }

  /** This replica carries it now, or knows that the server keeps none. */
  announce(sessionId: string, serverId: string): void {
    void this.inbox?.broadcast(CARRIED, { sessionId, serverId });
  }
}

function newDeferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = noop;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function noop(): void {}

function keyOf(sessionId: string, serverId: string): string {
  return `${sessionId} ${serverId}`;
}
