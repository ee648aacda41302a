export const LATE = Symbol('late');

/** A timer that fires so much after its time says that this process was busy, not who should answer. */
const SLACK_MS = 10;
const EXTENSIONS_AT_MOST = 3;

/**
 * The answer, or {@link LATE} when it does not come within `deadlineMs` in which this process was able
 * to hear it.
 */
export function inTime<T>(answer: Promise<T>, deadlineMs: number): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    let extensions = 0;
    const arm = (): void => {
      const armedMs = performance.now();
      timer = setTimeout(() => {
        const wasBusy = performance.now() - armedMs > deadlineMs + SLACK_MS;
        if (wasBusy && extensions++ < EXTENSIONS_AT_MOST) arm();
        // What lies in the socket by now is read before.
        else setImmediate(resolve, LATE);
      }, deadlineMs);
    };
    arm();
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
