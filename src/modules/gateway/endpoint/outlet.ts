/** Where an answer's bytes go: to a client over HTTP, or to the replica that the client is connected to. */
export interface Outlet {
  /** A head has left; what follows can only be more of that answer. */
  readonly started: boolean;
  /** The content type that left with the head. */
  readonly contentType: string | undefined;
  /** Written, and not taken by the reader yet. */
  readonly unreadBytes: number;

  /** A whole answer; several buffers are sent one after the other without being copied together. */
  send(status: number, headers: Readonly<Record<string, string>>, body?: Buffer | readonly Buffer[]): void;
  /** The head of an answer that comes in pieces; it leaves at once. */
  start(status: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves when the reader is ready for more; `undefined` when it is now. To a reader that left, nothing is written. */
  write(bytes: Buffer): Promise<void> | undefined;
  end(last?: Buffer): void;
  /** Breaks the answer off: the only clear sign once bytes of it have left. */
  destroy(): void;
  /** The answer is complete, or its reader left. */
  onClose(listener: () => void): void;
}
