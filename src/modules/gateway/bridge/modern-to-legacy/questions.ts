import { toLegacyResponses, type PendingRequest } from '../../../../mcp/translate/modern-to-legacy/input-responses.js';
import type { ServerRequestFate } from '../../../../mcp/translate/modern-to-legacy/server-request.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';

/** A server that asks more than this at once is told that nobody answers. */
const AT_MOST = 32;

interface Question extends PendingRequest {
  /** A value of `inputRequests`. */
  readonly entry: Buffer;
}

/** What a server asked its client during one call and was not answered yet. */
export class Questions {
  /** By the id under which the server waits, as JSON text. */
  readonly #open = new Map<string, Question>();
  #asked = 0;

  get size(): number {
    return this.#open.size;
  }

  /** Whether there was room for it. */
  add({ id, method, entry }: Extract<ServerRequestFate, { kind: 'ask' }>): boolean {
    if (this.#open.size >= AT_MOST) return false;
    this.#asked += 1;
    this.#open.set(id, { key: `request-${String(this.#asked)}`, method, id, entry });
    return true;
  }

  /** The server takes it back. */
  withdraw(id: string): void {
    this.#open.delete(id);
  }

  clear(): void {
    this.#open.clear();
  }

  /** All of them as `inputRequests`: what an answer left out or spoilt is asked again. */
  inputRequests(): Map<string, Buffer> {
    return new Map([...this.#open.values()].map(({ key, entry }) => [key, entry]));
  }

  /** The responses for the server that a retry brings; those questions are answered then. */
  answer(retry: ParsedBody): Buffer[] {
    const answered = toLegacyResponses([...this.#open.values()], retry).filter(({ state }) => state === 'answered');
    for (const { pending } of answered) this.#open.delete(pending.id);
    return answered.map(({ bytes }) => bytes);
  }
}
