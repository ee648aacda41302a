import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { generateServers, PRODUCTS } from './generate.js';

const sizes = (count: number, seed: number): string[] =>
  [...generateServers(count, seed)].map(({ name, tools }) => `${name} ${tools.map((tool) => tool.name).join(',')}`);

describe('generateServers', () => {
  it('yields the same for the same seed, and more servers begin with the fewer', () => {
    expect(sizes(200, 1)).toEqual(sizes(300, 1).slice(0, 200));
    expect(sizes(200, 1)).not.toEqual(sizes(200, 2));
  });

  it('names servers once, and the tools of a server once', () => {
    const servers = [...generateServers(1000, 1)];
    expect(new Set(servers.map(({ name }) => name)).size).toBe(1000);
    for (const { tools } of servers) expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });
});

describe('bench/search/sentences.json', () => {
  it('means tools that the catalogue has', async () => {
    const file = new URL('../search/sentences.json', import.meta.url);
    const sentences = JSON.parse(await readFile(file, 'utf8')) as { server: string; tool: string }[];
    const known = new Set(PRODUCTS.flatMap((product) => product.tools.map((tool) => `${product.name}/${tool.name}`)));
    expect(sentences.map(({ server, tool }) => `${server}/${tool}`).filter((name) => !known.has(name))).toEqual([]);
  });
});
