import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Runs `check` until it does not throw, and returns what it returned.
 * @throws what it threw last, once `withinMs` are over
 */
export async function eventually<T>(check: () => Promise<T> | T, withinMs = 10_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(EVERY_MS);
  }
}
