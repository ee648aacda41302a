import { describe, expect, it } from 'vitest';
import { below, pick, seededRandom } from '../../test/support/random-json.js';
import { SseDecoder, type SseFrame } from './sse-decoder.js';
import { encodeSseMessage, encodeSsePriming, SSE_KEEP_ALIVE } from './sse-encoder.js';

interface Seen {
  data?: string;
  event?: string;
  id?: string;
  retryMs?: number;
}

function seen({ data, event, id, retryMs }: SseFrame): Seen {
  return {
    ...(data !== undefined && { data: data.toString() }),
    ...(event !== undefined && { event }),
    ...(id !== undefined && { id }),
    ...(retryMs !== undefined && { retryMs }),
  };
}

function decode(chunks: readonly Buffer[]) {
  const decoder = new SseDecoder();
  const frames = chunks.flatMap((chunk) => decoder.push(chunk));
  const raw = Buffer.concat([...frames.map((frame) => frame.raw), decoder.end()]);
  return { events: frames.map(seen), raw, frames, rest: decoder.end() };
}

describe('SseDecoder', () => {
  it.each<[string, string, Seen[]]>([
    ['LF', 'data: a\n\n', [{ data: 'a' }]],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [{ data: 'a' }, { data: 'b' }]],
    ['CR', 'data: a\r\rdata: b\r\r', [{ data: 'a' }, { data: 'b' }]],
    ['mixed ends', 'data: a\r\ndata: b\rdata: c\n\r\n', [{ data: 'a\nb\nc' }]],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ data: 'a' }]],
    ['a byte order mark later', 'data: a\n\n\ufeffdata: b\n\n', [{ data: 'a' }, {}]],
    [
      'all fields',
      'event: message\nid: 7\nretry: 1500\ndata: {}\n\n',
      [{ data: '{}', event: 'message', id: '7', retryMs: 1500 }],
    ],
    ['no space, two spaces', 'data:a\ndata:  b\n\n', [{ data: 'a\n b' }]],
    ['a field without a colon', 'data\n\n', [{ data: '' }]],
    ['two empty lines of data', 'data\ndata:\n\n', [{ data: '\n' }]],
    ['a comment', ': ping\n\ndata: a\n\n', [{}, { data: 'a' }]],
    ['a priming event', 'id: 5\ndata:\n\n', [{ id: '5', data: '' }]],
    ['an unknown field', 'foo: bar\ndata: a\n\n', [{ data: 'a' }]],
    ['an id with NUL', 'id: a\0b\ndata: a\n\n', [{ data: 'a' }]],
    ['a retry that is no number', 'retry: 1s\ndata: a\n\n', [{ data: 'a' }]],
    ['an event that is cut off', 'data: a\n\ndata: b\n', [{ data: 'a' }]],
    ['nothing', '', []],
  ])('reads %s', (_what, text, expected) => {
    const { events, raw } = decode([Buffer.from(text)]);
    expect(events).toStrictEqual(expected);
    expect(raw.toString()).toBe(text);
  });

  it('gives out what came behind the last blank line at the end', () => {
    expect(decode([Buffer.from('data: a\n\nda'), Buffer.from('ta: b\n')]).rest.toString()).toBe('data: b\n');
  });

  it('reads the same from any chunking, and keeps every byte', () => {
    const random = seededRandom(4);
    const ends = ['\n', '\r\n', '\r'];
    for (let round = 0; round < 3_000; round += 1) {
      let text = random() < 0.2 ? '\ufeff' : '';
      for (let line = below(random, 20); line > 0; line -= 1) {
        const long = 'x'.repeat(below(random, random() < 0.1 ? 400 : 5));
        text += pick(random, ['', `data: ${long}`, 'data:é漢😀', 'id: 7', ': c', 'event: message', 'retry: 9', 'data']);
        text += pick(random, ends);
      }
      const bytes = Buffer.from(text);
      const whole = decode([Buffer.from(bytes)]);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + below(random, round % 2 === 0 ? 3 : 60));
        chunks.push(Buffer.from(bytes.subarray(at, end)));
        at = end;
      }
      const cut = decode(chunks);
      expect(cut.events, JSON.stringify(text)).toStrictEqual(whole.events);
      expect(cut.raw.equals(bytes), JSON.stringify(text)).toBe(true);
      expect(whole.raw.equals(bytes), JSON.stringify(text)).toBe(true);
    }
  });

  it('refuses a block that outgrows its limit, whole or in pieces', () => {
    const limits = { maxEventBytes: 64 };
    expect(() => new SseDecoder(limits).push(Buffer.from(`data: ${'a'.repeat(80)}\n\n`))).toThrow(/larger than 64/);
    const decoder = new SseDecoder(limits);
    expect(decoder.push(Buffer.from(`data: ${'a'.repeat(50)}\n\n`))).toHaveLength(1);
    expect(() => {
      for (let i = 0; i < 10; i += 1) decoder.push(Buffer.from(': more\n'));
    }).toThrow(/larger than 64/);
  });

  it('never writes to a frame that it gave out', () => {
    const decoder = new SseDecoder();
    decoder.push(Buffer.from('data: on'));
    const [first] = decoder.push(Buffer.from('e\n\ndata: t'));
    const before = first?.data?.toString();
    decoder.push(Buffer.from('wo and more of it\n\ndata: three\n\n'));
    expect([before, first?.data?.toString()]).toStrictEqual(['one', 'one']);
  });
});

describe('encoding', () => {
  it.each<[string, Buffer, string, Seen[]]>([
    [
      'a message',
      encodeSseMessage(Buffer.from('{"a":1}')),
      'event: message\ndata: {"a":1}\n\n',
      [{ event: 'message', data: '{"a":1}' }],
    ],
    [
      'an id',
      encodeSseMessage(Buffer.from('{}'), { id: 's-1' }),
      'event: message\nid: s-1\ndata: {}\n\n',
      [{ event: 'message', id: 's-1', data: '{}' }],
    ],
    [
      'line breaks',
      encodeSseMessage(Buffer.from('{\r\n"a":\r1\n}')),
      'event: message\ndata: {\ndata: "a":\ndata: 1\ndata: }\n\n',
      [{ event: 'message', data: '{\n"a":\n1\n}' }],
    ],
    [
      'a priming event',
      encodeSsePriming({ id: '0', retryMs: 1000 }),
      'id: 0\nretry: 1000\ndata:\n\n',
      [{ id: '0', retryMs: 1000, data: '' }],
    ],
    ['a keep-alive', SSE_KEEP_ALIVE, ': keep-alive\n\n', [{}]],
  ])('writes %s, and reads it again', (_what, bytes, text, expected) => {
    expect(bytes.toString()).toBe(text);
    expect(decode([bytes]).events).toStrictEqual(expected);
  });

  it.each(['a\nb', 'a\rb', 'a\0'])('refuses the id %j', (id) => {
    expect(() => encodeSseMessage(Buffer.from('{}'), { id })).toThrow(/line break/);
  });
});
