import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from './modules/monitoring/index.js';

/** What the last steps have at least, when calls took all the time there was. */
const LAST_STEPS_MS = 2000;
/** How long connections to the database and others may take to close: one that hangs must not keep the process. */
const CLOSE_WITHIN_MS = 5000;

/**
 * The end of the service, by hand: Nest's own shutdown waits for ever on an open stream, and
 * forcing connections closed would cut calls in flight.
 */
export class Drain {
  readonly #log = new Logger(Drain.name);
  readonly #active = new Set<object>();

  constructor(
    private readonly app: NestFastifyApplication,
    private readonly server: Server,
    private readonly times: { readonly delaySeconds: number; readonly timeoutSeconds: number },
  ) {
    server.on('request', (_request, response) => {
      this.#active.add(response);
      response.once('close', () => this.#active.delete(response));
    });
  }

  /**
   * Readiness says 503, the delay lets load balancers see it, then nothing new is accepted, calls in
   * flight end within `timeoutSeconds`, the audit's records are shipped in what is left of it, and everything is
   * closed within 5 s more.
   */
  async run({ delay }: { readonly delay: boolean }): Promise<void> {
    this.app.get(Readiness).beginDraining();
    if (delay) await sleep(this.times.delaySeconds * 1000);
    this.server.close();
    this.server.closeIdleConnections();
    this.app.get(Readiness).endStreams();
    const deadlineMs = performance.now() + this.times.timeoutSeconds * 1000;
    await this.#callsInFlight(deadlineMs);
    this.server.closeAllConnections();
    await this.app.get(Readiness).takeLastSteps(Math.max(deadlineMs - performance.now(), LAST_STEPS_MS));
    await this.#close();
  }

  async #close(): Promise<void> {
    const late = Symbol('late');
    const closed = await Promise.race([this.app.close(), sleep(CLOSE_WITHIN_MS, late, { ref: false })]);
    if (closed === late) this.#log.warn(`Not everything could be closed within ${String(CLOSE_WITHIN_MS / 1000)} s`);
  }

  /** Requests of clients here, and what runs for clients of other replicas. */
  #inFlight(): number {
    return this.#active.size + this.app.get(Readiness).openWork;
  }

  async #callsInFlight(deadlineMs: number): Promise<void> {
    while (this.#inFlight() > 0 && performance.now() < deadlineMs) {
      await sleep(20);
      // A connection whose call has ended is idle now.
      this.server.closeIdleConnections();
    }
    if (this.#inFlight() > 0) {
      this.#log.warn(
        `${String(this.#inFlight())} requests did not end within ${String(this.times.timeoutSeconds)} s and are cut off`,
      );
    }
  }
}
