import type { Json } from '../../../kernel/canonical-json.js';
import { schemaWords } from './schema-words.js';
import { nameWords, proseWords } from './words.js';

/** What a tool is found by. */
export interface SearchSource {
  readonly toolName: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly inputSchema: Json;
  readonly server: {
    readonly name: string;
    readonly title?: string | null;
    readonly description?: string | null;
  };
}

/** Words separated by blanks, one text for each weight of the vector. */
export interface SearchDocument {
  /** A: the tool's name. */
  readonly name: string;
  /** B: the server's name and title, and the beginning of its description. */
  readonly server: string;
  /** C: the tool's title and description. */
  readonly text: string;
  /** D: its parameters. */
  readonly parameters: string;
  /** The tool's name and title in lower case, for trigrams when no word matches. */
  readonly trigramText: string;
}

/** A vector of all four stays far below PostgreSQL's 1 MiB. */
const MOST_CHARS = { name: 2_000, server: 2_000, text: 30_000, parameters: 30_000, trigramText: 300 } as const;
/** What follows in a server's description is how to install it, not what it is for. */
const SERVER_DESCRIPTION_CHARS = 300;
/** What is read of one text at all: its author's description fits, an attack on the parser does not. */
const READ_CHARS = { name: 500, text: 64_000 } as const;

/** Pure: the texts that `indexTools` turns into a vector. At most 64 KiB of words for any input. */
export function searchDocument({ toolName, title, description, inputSchema, server }: SearchSource): SearchDocument {
  return {
    name: joined(nameWords(toolName.slice(0, READ_CHARS.name)), MOST_CHARS.name),
    server: joined(
      [
        ...nameWords(server.name.slice(0, READ_CHARS.name)),
        ...proseWords((server.title ?? '').slice(0, READ_CHARS.name)),
        ...proseWords((server.description ?? '').slice(0, SERVER_DESCRIPTION_CHARS)),
      ],
      MOST_CHARS.server,
    ),
    text: joined(
      [
        ...proseWords((title ?? '').slice(0, READ_CHARS.name)),
        ...proseWords((description ?? '').slice(0, READ_CHARS.text)),
      ],
      MOST_CHARS.text,
    ),
    parameters: joined(schemaWords(inputSchema, MOST_CHARS.parameters), MOST_CHARS.parameters),
    trigramText: trigramText(toolName.slice(0, READ_CHARS.name), (title ?? '').slice(0, READ_CHARS.name)),
  };
}

/** A name or a typed word in the form in which trigrams compare them: parts, no compounds. */
export function trigramText(...texts: readonly string[]): string {
  return joined(texts.flatMap(proseParts), MOST_CHARS.trigramText);
}

function proseParts(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '');
}

function joined(words: readonly string[], mostChars: number): string {
  let text = '';
  for (const word of words) {
    if (text.length + word.length + 1 > mostChars) break;
    text += text === '' ? word : ` ${word}`;
  }
  return text;
}
