import { describe, expect, it } from 'vitest';
import { CatalogueMemory } from './catalogue-memory.js';

interface Thing {
  readonly name: string;
}

function held(maxBytes: number): {
  memory: CatalogueMemory;
  hold: (name: string, bytes: number) => Thing;
  gone: string[];
} {
  const memory = new CatalogueMemory(maxBytes);
  const gone: string[] = [];
  const hold = (name: string, bytes: number): Thing => {
    const thing = { name };
    memory.hold(thing, bytes, () => gone.push(name));
    return thing;
  };
  return { memory, hold, gone };
}

describe('CatalogueMemory', () => {
  it('lets the longest unused go, whosever it is, until the rest fits', () => {
    const { memory, hold, gone } = held(100);
    const a = hold('a', 40);
    hold('b', 30);
    hold('c', 30);
    expect(gone).toEqual([]);
    memory.touch(a);
    hold('d', 50);
    expect(gone).toEqual(['b', 'c']);
    expect(memory.bytes).toBe(90);
  });

  it('keeps what is held last even when it alone is too large', () => {
    const { memory, hold, gone } = held(100);
    hold('a', 40);
    hold('large', 500);
    expect(gone).toEqual(['a']);
    expect(memory.bytes).toBe(500);
    hold('b', 1);
    expect(gone).toEqual(['a', 'large']);
    expect(memory.bytes).toBe(1);
  });

  it('counts no more what was released, once', () => {
    const { memory, hold, gone } = held(100);
    const a = hold('a', 40);
    hold('b', 10);
    memory.release(a);
    memory.release(a);
    memory.touch(a);
    expect(memory.bytes).toBe(10);
    hold('c', 90);
    expect(gone).toEqual([]);
  });
});
