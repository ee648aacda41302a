import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

const MAX_EVENTS = 1_000;

interface StoredEvent {
  readonly streamId: string;
  readonly message: JSONRPCMessage;
}

/** The last events of one session, for clients that come back with `Last-Event-ID`. */
export class BoundedEventStore implements EventStore {
  #next = 0;
  readonly #events = new Map<string, StoredEvent>();

  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const id = `${streamId}_${String(this.#next++)}`;
    this.#events.set(id, { streamId, message });
    const [oldest] = this.#events.keys();
    if (this.#events.size > MAX_EVENTS && oldest !== undefined) this.#events.delete(oldest);
    return Promise.resolve(id);
  }

  getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return Promise.resolve(this.#events.get(eventId)?.streamId);
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const last = this.#events.get(lastEventId);
    if (last === undefined) return '';
    let seen = false;
    for (const [id, { streamId, message }] of this.#events) {
      // The event that primes a stream (2025-11-25, Transports) has no message to send again.
      if (seen && streamId === last.streamId && Object.keys(message).length > 0) await send(id, message);
      seen ||= id === lastEventId;
    }
    return last.streamId;
  }
}
