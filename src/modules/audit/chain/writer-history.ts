import type { NumberedAnchor } from './anchors.js';
import type { Window } from './chain-source.js';

/** A point of a chain that is known to be right: the row with that `seq` had this hash. */
export interface KnownPoint {
  readonly seq: number;
  /** In hex. */
  readonly chainHash: string;
}

/** Rows `fromSeq` to `seq` went with their partition. */
export interface DroppedRun extends KnownPoint {
  readonly fromSeq: number;
}

/** What the anchors say of one writer. */
export class WriterHistory {
  readonly #points: NumberedAnchor[] = [];
  readonly #bySeq = new Map<number, NumberedAnchor>();
  readonly #dropped: DroppedRun[] = [];

  add(anchor: NumberedAnchor): void {
    if (anchor.kind === 'retention') this.#dropped.push({ ...anchor, fromSeq: anchor.fromSeq ?? anchor.seq });
    else {
      this.#points.push(anchor);
      this.#bySeq.set(anchor.seq, anchor);
    }
  }

  /** Whether the writer was at work in that time, as far as its anchors know. */
  worksIn({ from, to }: Window): boolean {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (!first || !last) return false;
    const ended = last.kind === 'final' && from !== undefined && last.atMs < from.getTime();
    return !ended && !(to !== undefined && first.atMs >= to.getTime());
  }

  /** The last anchor before a window: what is behind it has to be checked. */
  before(from: Date | undefined): KnownPoint | undefined {
    const earlier = from && this.#points.findLast((anchor) => anchor.atMs <= from.getTime());
    return earlier ?? this.#points[0];
  }

  /** The first anchor after a window; none when the chain has to be checked to its end. */
  after(to: Date | undefined): KnownPoint | undefined {
    return to && this.#points.find((anchor) => anchor.atMs >= to.getTime());
  }

  /** Up to which row the anchors say that there are rows. */
  get reachesSeq(): number {
    return this.#points.reduce((highest, { seq }) => Math.max(highest, seq), 0);
  }

  /** What an anchor says of that row. */
  at(seq: number): KnownPoint | undefined {
    return this.#bySeq.get(seq);
  }

  /** The run of dropped rows that `seq` is in. */
  droppedAt(seq: number): DroppedRun | undefined {
    return this.#dropped.find((run) => run.fromSeq <= seq && seq <= run.seq);
  }
}
