import { ProbeError } from '../../../src/modules/servers/probe/probe-error.js';
import type { ProbeOptions, ProbeTarget } from '../../../src/modules/servers/probe/target.js';

const cleanUps: (() => Promise<void>)[] = [];

/** For `afterEach`. */
export async function closeStarted(): Promise<void> {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
}

/** The upstream, closed by `closeStarted`. */
export async function started<T extends { close(): Promise<void> }>(upstream: Promise<T>): Promise<T> {
  const up = await upstream;
  cleanUps.push(() => up.close());
  return up;
}

export function options(overrides: Partial<ProbeOptions> = {}): ProbeOptions {
  return { fetch, deadlineMs: 10_000, ...overrides };
}

export function http(url: string, headers?: Record<string, string>): ProbeTarget {
  return { url, transportType: 'streamable-http', ...(headers && { headers }) };
}

export function sse(url: string): ProbeTarget {
  return { url, transportType: 'sse' };
}

export function bodyOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '{}';
}

export async function failureOf(work: Promise<unknown>): Promise<ProbeError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProbeError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A fetch that gives no answer to a request with `text` in its body until it is aborted. */
export function stallingFetch(text: string): typeof fetch {
  return async (url, init) => {
    if (bodyOf(init).includes(text)) {
      await new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('stalled')), { once: true });
      });
    }
    return fetch(url, init);
  };
}
