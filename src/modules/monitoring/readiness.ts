import { Injectable } from '@nestjs/common';

export type ServiceState = 'starting' | 'ready' | 'draining';

/** One step of the start, run after the database is open and before the service is ready. */
export interface StartupTask {
  readonly name: string;
  run(): Promise<void>;
}

/** Where the process stands in its life. Modules add what must be loaded before traffic may come. */
@Injectable()
export class Readiness {
  #state: ServiceState = 'starting';
  readonly #tasks: StartupTask[] = [];
  readonly #endings: (() => void)[] = [];
  readonly #work: (() => number)[] = [];
  readonly #lastSteps: ((withinMs: number) => Promise<void>)[] = [];

  get state(): ServiceState {
    return this.#state;
  }

  beforeReady(task: StartupTask): void {
    this.#tasks.push(task);
  }

  /** Runs the tasks in the order in which they were added, then the service is ready. */
  async becomeReady(): Promise<void> {
    for (const task of this.#tasks) await task.run();
    if (this.#state === 'starting') this.#state = 'ready';
  }

  beginDraining(): void {
    this.#state = 'draining';
  }

  /** What ends streams that would stay open for ever, once nothing new is accepted. */
  onDrain(endStreams: () => void): void {
    this.#endings.push(endStreams);
  }

  endStreams(): void {
    for (const end of this.#endings) end();
  }

  /** Work beside requests of this process's own clients that the end has to wait for, as with those. */
  onOpenWork(count: () => number): void {
    this.#work.push(count);
  }

  get openWork(): number {
    return this.#work.reduce((sum, count) => sum + count(), 0);
  }

  /** What has to be done after the last call and before connections are closed, within the time that is left. */
  beforeEnd(step: (withinMs: number) => Promise<void>): void {
    this.#lastSteps.push(step);
  }

  async takeLastSteps(withinMs: number): Promise<void> {
    await Promise.all(this.#lastSteps.map((step) => step(withinMs)));
  }
}
