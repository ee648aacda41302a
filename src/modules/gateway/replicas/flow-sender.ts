/** Bytes of one frame. */
export const CHUNK_BYTES = 64 * 1024;
/** Sent and not consumed yet, of one exchange in one direction. */
export const WINDOW_BYTES = 1024 * 1024;
/** Waiting for room: more than one whole answer is a writer that does not wait. */
const PENDING_BYTES_AT_MOST = 64 * 1024 * 1024 + WINDOW_BYTES;

/** Sends one piece; `last`: nothing follows. */
export type SendChunk = (sequence: number, bytes: Buffer, last: boolean) => void;

/** Bytes on their way in one direction: in pieces, numbered, and no more than the other side has room for. */
export class FlowSender {
  readonly #pending: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #pendingBytes = 0;
  #sentBytes = 0;
  #consumedBytes = 0;
  #sequence = 0;
  #state: 'open' | 'ending' | 'over' = 'open';

  /** @param onOver hears when all has been sent. */
  constructor(
    private readonly send: SendChunk,
    private readonly onOver: () => void,
  ) {}

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** What the other side has not consumed yet. */
  get unreadBytes(): number {
    return this.#pendingBytes + this.#sentBytes - this.#consumedBytes;
  }

  /** Resolves when nothing waits any more; `undefined`: nothing does. @throws RangeError when far too much does. */
  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#state !== 'open' || bytes.length === 0) return undefined;
    this.#add(bytes);
    return this.#pending.length > 0 ? new Promise<void>((resolve) => this.#waiting.push(resolve)) : undefined;
  }

  /** An empty piece, for what goes along with it. */
  flush(): void {
    if (this.#state === 'open' && this.#pending.length === 0) this.send(this.#sequence++, Buffer.alloc(0), false);
  }

  end(bytes?: Buffer): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#add(bytes ?? Buffer.alloc(0));
  }

  /** The other side has consumed so many bytes in all. */
  consumed(bytes: number): void {
    this.#consumedBytes = Math.max(this.#consumedBytes, bytes);
    this.#pump();
  }

  /** Nothing more is sent, and nobody waits. */
  close(): void {
    this.#state = 'over';
    this.#pending.length = 0;
    this.#pendingBytes = 0;
    this.#release();
  }

  #add(bytes: Buffer): void {
    if (bytes.length > 0) this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > PENDING_BYTES_AT_MOST) throw new RangeError('a writer does not wait for its reader');
    this.#pump();
  }

  #pump(): void {
    for (;;) {
      const room = WINDOW_BYTES - (this.#sentBytes - this.#consumedBytes);
      const [first] = this.#pending;
      if (!first || room <= 0) break;
      const piece = first.subarray(0, Math.min(CHUNK_BYTES, room));
      if (piece.length === first.length) this.#pending.shift();
      else this.#pending[0] = first.subarray(piece.length);
      this.#pendingBytes -= piece.length;
      this.#sentBytes += piece.length;
      const isLast = this.#state === 'ending' && this.#pending.length === 0;
      this.send(this.#sequence++, piece, isLast);
      if (isLast) this.#finish();
    }
    if (this.#pending.length > 0) return;
    if (this.#state === 'ending') {
      this.send(this.#sequence++, Buffer.alloc(0), true);
      this.#finish();
    }
    this.#release();
  }

  #finish(): void {
    this.#state = 'over';
    this.onOver();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
