import type { AbortLike } from '../../../kernel/light-abort.js';

const AGAIN_AFTER_MS = 1000;
const AGAIN_AFTER_AT_MOST_MS = 60_000;

/** How a stream ended: something was heard on it, nothing was, or there is no use in opening it again. */
export type StreamEnd = 'heard' | 'silent' | 'over';

/** Opens a stream again whenever it ends, later each time while nothing is heard. `open` must not reject. */
export async function reopening(signal: AbortLike, open: () => Promise<StreamEnd>): Promise<void> {
  let afterMs = AGAIN_AFTER_MS;
  while (!signal.aborted) {
    const end = await open();
    if (end === 'over') return;
    await rest(signal, afterMs);
    afterMs = end === 'heard' ? AGAIN_AFTER_MS : Math.min(afterMs * 2, AGAIN_AFTER_AT_MOST_MS);
  }
}

/** Waits, or until the signal aborts. */
export function rest(signal: AbortLike, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms).unref();
    signal.addEventListener('abort', over);
    if (signal.aborted) over();
  });
}
