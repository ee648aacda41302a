import { describe, expect, it } from 'vitest';
import { CatalogueMemory } from './catalogue-memory.js';
import { PerServer } from './per-server.js';

interface Known {
  readonly text: string;
  readonly bytes: number;
}

const NOTHING: Known = { text: 'nothing', bytes: 1 };

/** A cache whose loads are answered by hand; `texts` is what the database has. */
function cache(options: { maxBytes?: number; batch?: number } = {}) {
  const memory = new CatalogueMemory(options.maxBytes ?? 1000);
  const texts = new Map<string, string>();
  const loads: string[][] = [];
  const waiting: (() => void)[] = [];
  let manual = false;
  const known = new PerServer<Known>(memory, options.batch ?? 3, NOTHING, async (ids) => {
    loads.push([...ids]);
    const rows = new Map(ids.flatMap((id) => (texts.has(id) ? [[id, { text: texts.get(id) ?? '', bytes: 10 }]] : [])));
    if (manual) await new Promise<void>((resolve) => waiting.push(resolve));
    return rows;
  });
  return {
    memory,
    texts,
    loads,
    known,
    hold: () => void (manual = true),
    answer: () => {
      manual = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

describe('PerServer', () => {
  it('loads many servers in few batches, and no server that is known', async () => {
    const { known, texts, loads } = cache();
    for (const id of 'abcdefg'.split('')) texts.set(id, id.toUpperCase());
    await known.of('b');
    const all = await known.ofAll('abcdefg'.split(''));
    expect([...all].map(([id, { text }]) => id + text).join(' ')).toBe('aA bB cC dD eE fF gG');
    expect(loads).toEqual([['b'], ['a', 'c'], ['d', 'e', 'f'], ['g']]);
    await known.ofAll('abcdefg'.split(''));
    expect(loads).toHaveLength(4);
  });

  it('loads each server once, however many ask at once', async () => {
    const { known, texts, loads, hold, answer } = cache();
    texts.set('a', 'A').set('b', 'B').set('c', 'C');
    hold();
    const asked = [
      known.ofAll(['a', 'b']),
      known.ofAll(['b', 'c']),
      Promise.resolve(known.of('a')),
      Promise.resolve(known.of('c')),
    ];
    answer();
    await Promise.all(asked);
    expect(loads).toEqual([['a', 'b'], ['c']]);
  });

  it('is at once when warm, also for a server that has nothing', async () => {
    const { known, loads } = cache();
    expect(await known.of('empty')).toEqual(NOTHING);
    expect(known.of('empty')).not.toBeInstanceOf(Promise);
    expect(loads).toEqual([['empty']]);
  });

  it('does not keep what changed while it was loaded', async () => {
    const { known, texts, loads, hold, answer } = cache();
    texts.set('a', 'old');
    hold();
    const before = known.of('a');
    known.forget('a');
    texts.set('a', 'new');
    const after = known.of('a');
    answer();
    expect(await before).toMatchObject({ text: 'old' });
    expect(await after).toMatchObject({ text: 'new' });
    expect(await known.of('a')).toMatchObject({ text: 'new' });
    expect(loads).toHaveLength(2);
  });

  it('forgets a failure, and everybody who waited hears of it', async () => {
    const { memory } = cache();
    let fails = true;
    const known = new PerServer<Known>(memory, 3, NOTHING, (ids) =>
      fails
        ? Promise.reject(new Error('gone'))
        : Promise.resolve(new Map(ids.map((id) => [id, { text: id, bytes: 1 }]))),
    );
    const asked = await Promise.allSettled([known.ofAll(['a', 'b']), known.of('a'), known.of('b')]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    fails = false;
    expect(await known.of('a')).toMatchObject({ text: 'a' });
  });

  it('stays within the memory that it shares', async () => {
    const { known, memory, texts, loads } = cache({ maxBytes: 25 });
    for (const id of 'abc') texts.set(id, id);
    for (const id of 'abc') await known.of(id);
    expect(memory.bytes).toBe(20);
    await known.of('b');
    await known.of('a');
    expect(loads).toEqual([['a'], ['b'], ['c'], ['a']]);
    known.clear();
    expect(memory.bytes).toBe(0);
  });
});
