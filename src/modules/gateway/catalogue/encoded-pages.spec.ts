import { describe, expect, it } from 'vitest';
import { CatalogueMemory } from './catalogue-memory.js';
import { EncodedPages } from './encoded-pages.js';

const PAGE = Buffer.alloc(1000);

describe('EncodedPages', () => {
  it('encodes a page once, however many ask at once', async () => {
    const pages = new EncodedPages(new CatalogueMemory(10_000));
    let encoded = 0;
    const encode = (): Promise<Buffer> => {
      encoded += 1;
      return Promise.resolve(PAGE);
    };
    await Promise.all([pages.of('a', encode), pages.of('a', encode)]);
    expect(pages.of('a', encode)).toBe(PAGE);
    expect(encoded).toBe(1);
  });

  it('encodes again what had to go, or failed', async () => {
    const memory = new CatalogueMemory(3000);
    const pages = new EncodedPages(memory);
    for (const key of 'abcd') await pages.of(key, () => Promise.resolve(Buffer.alloc(1000)));
    expect(memory.bytes).toBeLessThanOrEqual(3000);
    expect(pages.of('d', () => Promise.reject(new Error('not again')))).toBeInstanceOf(Buffer);
    await expect(pages.of('a', () => Promise.reject(new Error('once')))).rejects.toThrow('once');
    expect(await pages.of('a', () => Promise.resolve(PAGE))).toBe(PAGE);
  });

  it('gives its memory back, and keeps nothing that is ready later', async () => {
    const memory = new CatalogueMemory(10_000);
    const pages = new EncodedPages(memory);
    await pages.of('a', () => Promise.resolve(PAGE));
    const ready: ((page: Buffer) => void)[] = [];
    const late = pages.of('b', () => new Promise((resolve) => ready.push(resolve)));
    pages.drop();
    ready[0]?.(Buffer.alloc(1000));
    expect(await late).toHaveLength(1000);
    expect(memory.bytes).toBe(0);
  });
});
