import type { ProbeLimits } from './limits.js';

export interface ProbeTarget {
  readonly url: string;
  readonly transportType: 'streamable-http' | 'sse';
  /** Sent with every request, credentials included. Their values never appear in a message. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ProbeOptions {
  /** The checked way out. It may throw AppErrors `egress.*`, also as the cause of another error. */
  readonly fetch: typeof fetch;
  /** For everything together, ending the session included. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ProbeLimits>;
}
