import type { CursorCodec } from '../../../http/cursor.js';

/** Where an entry stands in a list, whatever else the list has: by alias, then by the server's own name or URI for it. */
export interface Placed {
  /** Of its server; none where the list is one server's. */
  readonly alias?: string;
  readonly name: string;
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return byText(a.name, b.name);
}

/** The index of the first entry behind `place`, whether or not that one is still there. */
export function firstAfter(entries: readonly Placed[], place: Placed): number {
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const entry = entries[middle];
    if (entry && (byText(entry.alias ?? '', place.alias ?? '') || byText(entry.name, place.name)) > 0) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Cursors that say which entry came last: what comes and goes before and behind it moves nothing. */
export class ListCursors {
  constructor(private readonly codec: CursorCodec) {}

  /** Where the page begins. @throws AppError `request.invalid_cursor`. */
  startOf(cursor: string | undefined, entries: readonly Placed[], list: readonly string[]): number {
    if (cursor === undefined) return 0;
    const [alias = '', name = ''] = this.codec.decode(cursor, list);
    return firstAfter(entries, { alias, name });
  }

  /** The cursor behind `end` entries; undefined where the list ends there. */
  next(entries: readonly Placed[], end: number, list: readonly string[]): string | undefined {
    const last = end < entries.length ? entries[end - 1] : undefined;
    return last && this.codec.encode([last.alias ?? '', last.name], list);
  }
}
