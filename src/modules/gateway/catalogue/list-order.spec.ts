import { describe, expect, it } from 'vitest';
import { CursorCodec } from '../../../http/cursor.js';
import { firstAfter, ListCursors, type Placed } from './list-order.js';

/** `alias/name`, in order. */
function placed(...places: string[]): Placed[] {
  return places.sort().map((place) => {
    const [alias = '', name = ''] = place.split('/');
    return { alias, name };
  });
}

describe('firstAfter', () => {
  it.each([
    ['an entry that is there', 'a/2', 2],
    ['the last one', 'b/9', 5],
    ['an entry that is gone', 'a/25', 2],
    ['a server that is gone', 'aa/1', 3],
    ['what would be first', '/0', 0],
    ['what would be last', 'zz/1', 5],
  ])('finds what follows %s', (_what, place, expected) => {
    const [alias = '', name = ''] = place.split('/');
    expect(firstAfter(placed('a/1', 'a/2', 'a/3', 'b/1', 'b/9'), { alias, name })).toBe(expected);
  });

  it('finds nothing in an empty list', () => {
    expect(firstAfter([], { name: 'a' })).toBe(0);
  });

  it('looks at few entries of many', () => {
    let looked = 0;
    const entries = Array.from({ length: 2000 }, (_entry, i) => ({
      get name() {
        looked += 1;
        return String(i).padStart(5, '0');
      },
    }));
    expect(firstAfter(entries, { name: '01234' })).toBe(1235);
    expect(looked).toBeLessThanOrEqual(12);
  });
});

describe('ListCursors', () => {
  const cursors = new ListCursors(new CursorCodec([Buffer.alloc(32, 1)]));
  const list = ['a list'];

  /** Pages of three; between them the list becomes the next of `lists`. */
  function walk(lists: readonly (readonly Placed[])[]): string[] {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
      const entries = lists[Math.min(page, lists.length - 1)] ?? [];
      const start = cursors.startOf(cursor, entries, list);
      seen.push(...entries.slice(start, start + 3).map(({ name }) => name));
      cursor = cursors.next(entries, start + 3, list);
    }
    return seen;
  }

  it.each([
    ['nothing changes', [placed('a/1', 'a/2', 'a/3', 'a/4', 'a/5')], '12345'],
    ['a page is full to its end', [placed('a/1', 'a/2', 'a/3')], '123'],
    ['the list is empty', [placed()], ''],
    ['earlier ones vanish', [placed('a/1', 'a/2', 'a/3', 'a/4', 'a/5'), placed('a/3', 'a/4', 'a/5')], '12345'],
    ['the last one seen vanishes', [placed('a/1', 'a/2', 'a/3', 'a/4'), placed('a/1', 'a/4')], '1234'],
    [
      'earlier ones are added',
      [placed('a/4', 'a/5', 'a/6', 'a/7'), placed('a/1', 'a/2', 'a/4', 'a/5', 'a/6', 'a/7')],
      '4567',
    ],
    ['later ones are added', [placed('a/1', 'a/2', 'a/3', 'a/5'), placed('a/1', 'a/2', 'a/3', 'a/4', 'a/5')], '12345'],
    ['all the rest vanishes', [placed('a/1', 'a/2', 'a/3', 'a/4'), placed('a/1')], '123'],
  ])('loses and doubles nothing when %s', (_what, lists, expected) => {
    expect(walk(lists).join('')).toBe(expected);
  });

  it.each([
    [
      'of another list',
      new ListCursors(new CursorCodec([Buffer.alloc(32, 1)])).next(placed('a/1', 'a/2'), 1, ['other']),
    ],
    ['of another service', new ListCursors(new CursorCodec([Buffer.alloc(32, 2)])).next(placed('a/1', 'a/2'), 1, list)],
    ['of nobody', 'x'],
  ])('refuses a cursor %s', (_what, cursor) => {
    expect(() => cursors.startOf(cursor, [], list)).toThrow(
      expect.objectContaining({ code: 'request.invalid_cursor' }),
    );
  });
});
