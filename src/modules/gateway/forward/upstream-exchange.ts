/** What an upstream answered; the body is read by the caller, or `dump`ed. */
export interface UpstreamAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer> & { dump(): Promise<void> };
}

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly body?: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
