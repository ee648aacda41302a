/** Where an answer goes: the client's HTTP response, or the replica that has the client. */
export interface Outlet {
  /** Once, before the first byte. */
  start(status: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves when there is room for more; a reader that has left is no error here. */
  write(bytes: Buffer): Promise<void>;
  end(bytes?: Buffer): void;
  /** Breaks the answer off, so that its reader sees that it is not whole. */
  destroy(): void;
  /** Hears once, when the answer is over or its reader has left. */
  onClose(listener: () => void): void;
}
