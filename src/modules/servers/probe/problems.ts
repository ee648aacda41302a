import { oneLine } from './probe-error.js';

const MAX_PROBLEMS = 50;
const MAX_PROBLEM_CHARS = 300;

/** What was wrong with a server that could be read all the same. Bounded in count and length. */
export class Problems {
  readonly #list: string[] = [];
  #more = 0;

  add(problem: string): void {
    if (this.#list.length < MAX_PROBLEMS) this.#list.push(oneLine(problem, MAX_PROBLEM_CHARS));
    else this.#more += 1;
  }

  list(): string[] {
    return this.#more === 0 ? [...this.#list] : [...this.#list, `and ${this.#more} more`];
  }
}

/** A name of others, quoted and shortened, so that it can stand in a sentence. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 63)}…` : name);
}
