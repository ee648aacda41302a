import { AppError } from '../kernel/app-error.js';
import { CR, LF } from './json-bytes.js';

/** What an event carries besides its data. */
export interface SseFields {
  readonly event?: string;
  readonly id?: string;
  /** In milliseconds. */
  readonly retryMs?: number;
}

/** The media type of an event stream. */
export const EVENT_STREAM = 'text/event-stream';

const LINE_BREAK = /[\r\n\0]/;
const MESSAGE_HEAD: Buffer = Buffer.from('event: message\ndata: ');
const TAIL: Buffer = Buffer.from('\n\n');

/** A comment that keeps a silent stream open; clients ignore it. */
export const SSE_KEEP_ALIVE: Buffer = Buffer.from(': keep-alive\n\n');

/**
 * One JSON-RPC message as a `message` event. Line breaks between the tokens of `data` (there are
 * none inside JSON strings) become data lines of their own, which the reader joins again.
 *
 * @throws AppError `mcp.sse_field_invalid` when a field has a line break in it.
 */
export function encodeSseMessage(data: Buffer, fields?: SseFields): Buffer {
  const head = fields === undefined ? MESSAGE_HEAD : Buffer.from(headOf(fields));
  const body = data.includes(LF) || data.includes(CR) ? splitLines(data) : data;
  return Buffer.concat([head, body, TAIL], head.length + body.length + TAIL.length);
}

/** An event without a message: an id to resume from, or a time to wait before reconnecting. */
export function encodeSsePriming(fields: SseFields): Buffer {
  return Buffer.from(`${fieldLines(fields)}data:\n\n`);
}

function headOf(fields: SseFields): string {
  return `${fieldLines({ ...fields, event: fields.event ?? 'message' })}data: `;
}

function fieldLines({ event, id, retryMs }: SseFields): string {
  for (const value of [event, id]) {
    if (value !== undefined && LINE_BREAK.test(value)) {
      throw new AppError('internal', 'mcp.sse_field_invalid', 'An event or id of an event stream has a line break.');
    }
  }
  const lines = event === undefined ? '' : `event: ${event}\n`;
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${lines}${idLine}${retryMs === undefined ? '' : `retry: ${Math.max(0, Math.trunc(retryMs))}\n`}`;
}

function splitLines(data: Buffer): Buffer {
  const lines = data.toString('utf8').split(/\r\n|\r|\n/);
  return Buffer.from(lines.join('\ndata: '));
}
