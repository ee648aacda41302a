/** When each replica that exchanges are open with was last told that they live. */
export class Beats {
  readonly #lastMs = new Map<string, number>();

  constructor(private readonly everyMs: number) {}

  /** Which of these are due, and they count as told now. Of others nothing is kept. */
  due(peers: ReadonlySet<string>, nowMs: number): string[] {
    for (const peer of this.#lastMs.keys()) if (!peers.has(peer)) this.#lastMs.delete(peer);
    const due = [...peers].filter((peer) => nowMs - (this.#lastMs.get(peer) ?? -Infinity) >= this.everyMs);
    for (const peer of due) this.#lastMs.set(peer, nowMs);
    return due;
  }
}
