import {
  bytesAre,
  BACKSLASH,
  CLOSE_BRACE,
  closingQuote,
  COMMA,
  isJsonSpace,
  OPEN_BRACE,
  QUOTE,
  type ByteRange,
} from './json-bytes.js';

/** Where in a body the values lie that the gateway reads, rewrites or hashes. Strings include their quotes. */
export interface BodyRanges {
  id: ByteRange | undefined;
  method: ByteRange | undefined;
  params: ByteRange | undefined;
  /** Members of `params`. `ref` is what `completion/complete` completes. */
  name: ByteRange | undefined;
  uri: ByteRange | undefined;
  arguments: ByteRange | undefined;
  ref: ByteRange | undefined;
  meta: ByteRange | undefined;
}

/**
 * What one pass over a body found. The members are counted as they are written: an object has a
 * duplicate key, in whatever spelling, exactly when `JSON.parse` keeps fewer members than that.
 */
export interface BodyScan {
  readonly ranges: BodyRanges;
  topMembers: number;
  paramsMembers: number;
  metaMembers: number;
  /** How deep arrays and objects nest; a flat body has 1. */
  deepest: number;
}

const WORDS_BY_LENGTH: readonly (readonly string[])[] = [
  [],
  [],
  ['id'],
  ['uri', 'ref'],
  ['name'],
  ['_meta'],
  ['method', 'params'],
  [],
  [],
  ['arguments'],
];
const NO_WORDS: readonly string[] = [];

/** The key between `start` and `end` when it is one of ours, else an empty string. */
function wordAt(bytes: Buffer, start: number, end: number): string {
  for (const word of WORDS_BY_LENGTH[end - start] ?? NO_WORDS) {
    if (bytesAre(bytes, start, end, word)) return word;
  }
  for (let at = start; at < end; at += 1) {
    // Rare: a key spelled with escapes ("n\u0061me") is the same key to every parser.
    if (bytes[at] === BACKSLASH) return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
  }
  return '';
}

/** The offset behind the value that starts at `at`; `depth` containers are open around it. */
function skipValue(bytes: Buffer, at: number, depth: number, scan: BodyScan): number {
  const first = bytes[at] ?? 0;
  if (first === QUOTE) return closingQuote(bytes, at + 1) + 1;
  let open = 0;
  for (let i = at; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === QUOTE) {
      i = closingQuote(bytes, i + 1);
    } else if ((byte | 0x20) === OPEN_BRACE) {
      open += 1;
      if (depth + open > scan.deepest) scan.deepest = depth + open;
    } else if ((byte | 0x20) === CLOSE_BRACE) {
      if (open === 0) return i;
      open -= 1;
      if (open === 0) return i + 1;
    } else if (open === 0 && (byte === COMMA || isJsonSpace(byte))) {
      return i;
    }
  }
  return bytes.length;
}

type Visit = (bytes: Buffer, word: string, at: number, scan: BodyScan) => number;

/** Shows `visit` each member of the object that starts at `start`; it returns the offset behind the value. */
function walk(bytes: Buffer, start: number, visit: Visit, scan: BodyScan): { members: number; end: number } {
  let members = 0;
  let at = start + 1;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === CLOSE_BRACE) return { members, end: at + 1 };
    if (byte !== QUOTE) {
      at += 1;
      continue;
    }
    const keyEnd = closingQuote(bytes, at + 1);
    const word = wordAt(bytes, at + 1, keyEnd);
    members += 1;
    at = keyEnd + 1;
    while (isJsonSpace(bytes[at])) at += 1;
    at += 1;
    while (isJsonSpace(bytes[at])) at += 1;
    at = visit(bytes, word, at, scan);
  }
  return { members, end: at };
}

const visitMeta: Visit = (bytes, _word, at, scan) => skipValue(bytes, at, 3, scan);

const visitParams: Visit = (bytes, word, at, scan) => {
  if (word === '_meta' && bytes[at] === OPEN_BRACE) {
    if (scan.deepest < 3) scan.deepest = 3;
    const { members, end } = walk(bytes, at, visitMeta, scan);
    scan.metaMembers = members;
    scan.ranges.meta = { start: at, end };
    return end;
  }
  const end = skipValue(bytes, at, 2, scan);
  if (word === 'name' || word === 'uri' || word === 'arguments' || word === 'ref') {
    scan.ranges[word] = { start: at, end };
  }
  return end;
};

const visitTop: Visit = (bytes, word, at, scan) => {
  if (word === 'params' && bytes[at] === OPEN_BRACE) {
    if (scan.deepest < 2) scan.deepest = 2;
    const { members, end } = walk(bytes, at, visitParams, scan);
    scan.paramsMembers = members;
    scan.ranges.params = { start: at, end };
    return end;
  }
  const end = skipValue(bytes, at, 1, scan);
  if (word === 'id' || word === 'method') scan.ranges[word] = { start: at, end };
  return end;
};

/** Where the two parts of a call lie in an object that is one, and how many members it has as it is written. */
export interface CallScan {
  readonly members: number;
  readonly name: ByteRange | undefined;
  readonly arguments: ByteRange | undefined;
}

/** Reads the object at `range` of `bytes`, valid JSON, as `{ name, arguments }`. */
export function scanCall(bytes: Buffer, range: ByteRange): CallScan {
  const scan = newScan();
  const { members } = walk(bytes, range.start, visitParams, scan);
  return { members, name: scan.ranges.name, arguments: scan.ranges.arguments };
}

/**
 * Finds the values of interest in `bytes`, which must be valid JSON with an object at the top, in
 * one linear pass that allocates nothing per member. Other values are skipped by their brackets
 * and quotes.
 */
export function scanBody(bytes: Buffer): BodyScan {
  const scan = newScan();
  let start = 0;
  while (isJsonSpace(bytes[start])) start += 1;
  scan.topMembers = walk(bytes, start, visitTop, scan).members;
  return scan;
}

function newScan(): BodyScan {
  return {
    ranges: {
      id: undefined,
      method: undefined,
      params: undefined,
      name: undefined,
      uri: undefined,
      arguments: undefined,
      ref: undefined,
      meta: undefined,
    },
    topMembers: 0,
    paramsMembers: 0,
    metaMembers: 0,
    deepest: 1,
  };
}
