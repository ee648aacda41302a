import { readFile } from 'node:fs/promises';
import type { Catalogue } from './product.js';

/** A catalogue file: `{ "servers": [{ name, title?, description?, tools: [{ name, description?, inputSchema }] }] }`. */
export async function readCatalogue(file: string): Promise<Catalogue> {
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (typeof content !== 'object' || content === null || !('servers' in content) || !Array.isArray(content.servers)) {
    throw new Error(`${file} is not a catalogue: it has no list "servers"`);
  }
  return content as Catalogue;
}
