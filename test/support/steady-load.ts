import { setTimeout as sleep } from 'node:timers/promises';
import type { WireAnswer, WireClient } from './wire-client.js';

const PAUSE_MS = 5;

export interface LoadCall {
  readonly callId: string;
  /** How it ended: with an answer, or with a broken connection. */
  readonly answer: WireAnswer | Error;
}

/** Calls of `record` without end, each with an id of its own, one at a time for each client. */
export class SteadyLoad {
  readonly calls: LoadCall[] = [];
  #ending = false;
  readonly #running: Promise<unknown>;

  constructor(clients: readonly { readonly client: WireClient; readonly tool: string }[]) {
    this.#running = Promise.all(clients.map(({ client, tool }, index) => this.#run(client, tool, `c${index}`)));
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#running;
  }

  async #run(client: WireClient, tool: string, prefix: string): Promise<void> {
    for (let n = 0; !this.#ending; n += 1) {
      const callId = `${prefix}-${n}`;
      const answer = await client
        .callTool(tool, { callId, stream: n % 3 === 0 })
        .catch((error: unknown) => error as Error);
      this.calls.push({ callId, answer });
      await sleep(PAUSE_MS);
    }
  }
}
