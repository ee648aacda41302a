/** Waits for a promise, but not longer than `ms`; then the wait fails with `late()`, and the promise is left to itself. */
export function withDeadline<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
