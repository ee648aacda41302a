import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const ROOT = path.join(import.meta.dirname, '../../..');

/** A part of a document that a command writes, between two comments that name it. */
export class GeneratedSection {
  readonly #file: string;
  readonly #begin: string;
  readonly #end: string;

  /** @param file from the root. */
  constructor(file: string, name: string, command: string) {
    this.#file = path.join(ROOT, file);
    this.#begin = `<!-- begin ${name}: written by \`${command}\` -->`;
    this.#end = `<!-- end ${name} -->`;
  }

  /** The document as it is, and as it would be with this in the section. @throws when it has no such section. */
  async withContent(markdown: string): Promise<{ readonly current: string; readonly wanted: string }> {
    const current = await readFile(this.#file, 'utf8');
    const [before, rest] = current.split(this.#begin);
    const after = rest?.split(this.#end)[1];
    if (before === undefined || after === undefined) throw new Error(`${this.#file} has no line ${this.#begin}`);
    const whole = `${before}${this.#begin}\n\n${markdown}\n\n${this.#end}${after}`;
    const wanted = await format(whole, { ...(await resolveConfig(this.#file)), parser: 'markdown' });
    return { current, wanted };
  }

  async write(markdown: string): Promise<void> {
    await writeFile(this.#file, (await this.withContent(markdown)).wanted);
  }
}
