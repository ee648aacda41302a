/**
 * A body that fails instead of growing beyond `maxBytes`. Pulls only what is asked for, and counts what
 * comes out: behind a decoder these are the decoded bytes, so a small bomb is stopped too.
 * @param tooLarge the error of a body that is too large; its source is cancelled with it
 * @param translate makes the source's errors the caller's
 */
export function boundedBody(
  source: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
  translate: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let total = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          total += value.byteLength;
          if (total <= maxBytes) return controller.enqueue(value);
        } catch (error) {
          return controller.error(translate(error));
        }
        const error = tooLarge();
        controller.error(error);
        return reader.cancel(error).catch(() => undefined);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
