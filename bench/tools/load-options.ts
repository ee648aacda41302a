import type { Era } from './mcp-connection.js';

export interface LoadOptions {
  readonly url: string;
  readonly era: Era;
  readonly method: 'tools/call' | 'tools/list';
  /** Connections, each with one request at a time, and in legacy one session each. */
  readonly connections: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** The tool to call; the first whose name ends so. It has to return its argument `text`. */
  readonly tool: string;
  readonly payloadBytes: number;
  /** How many tools a list must have. */
  readonly tools?: number;
  /** Between two requests of one connection: 0 to send as fast as replies come. */
  readonly pauseMs: number;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export const LOAD_DEFAULTS: Omit<LoadOptions, 'url'> = {
  era: 'modern',
  method: 'tools/call',
  connections: 32,
  durationMs: 8_000,
  warmUpMs: 1_000,
  tool: 'echo',
  payloadBytes: 48,
  pauseMs: 0,
  timeoutMs: 10_000,
  headers: {},
};

export interface LoadReport {
  readonly url: string;
  /** Why nothing could be measured, and the HTTP status that said so. */
  readonly notServed?: string;
  readonly status?: number;
  readonly perSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly errors: number;
  /** What was wrong with replies, and how often. */
  readonly errorKinds: Readonly<Record<string, number>>;
}
