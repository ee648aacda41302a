import { messageOf } from '../../../kernel/app-error.js';
import type { Sampler } from '../samplers.js';

export const SAMPLER_DEADLINE_MS = 5000;

export type Reading = { readonly value: number | undefined } | { readonly fault: string };

/** Reads samplers within a deadline. One whose last reading is still under way is late again, not asked again. */
export class TimelyReader {
  readonly #underWay = new Set<string>();

  constructor(private readonly deadlineMs: number = SAMPLER_DEADLINE_MS) {}

  async read(sampler: Sampler): Promise<Reading> {
    const late: Reading = { fault: `no answer within ${String(this.deadlineMs)} ms` };
    if (this.#underWay.has(sampler.name)) return late;
    this.#underWay.add(sampler.name);
    const reading = this.#ask(sampler);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<Reading>((resolve) => {
      timer = setTimeout(resolve, this.deadlineMs, late);
    });
    try {
      return await Promise.race([reading, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(sampler: Sampler): Promise<Reading> {
    try {
      const value = await sampler.read();
      return value === undefined || Number.isFinite(value) ? { value } : { fault: `read ${String(value)}` };
    } catch (error) {
      return { fault: messageOf(error) };
    } finally {
      this.#underWay.delete(sampler.name);
    }
  }
}
