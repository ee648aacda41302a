import { describe, expect, it } from 'vitest';
import { gapLine, intentLine, outcomeLine, parseLine, type SpooledIntent } from './spool-record.js';

const intent: Omit<SpooledIntent, 'kind'> = {
  id: '019aa8f0-7d3c-7000-8000-3f2a1b0c9d8e',
  atMs: 1_764_000_000_000,
  tenantId: 'local',
  userId: 'ann',
  principalKind: 'user',
  clientId: null,
  action: 'tools/call',
  serverId: null,
  serverName: 'weather',
  toolName: 'get_forecast',
  definitionHash: null,
  argumentsHash: 'ab',
  arguments: null,
  requestBytes: 10,
  clientIp: '127.0.0.1',
  correlationId: 'c',
  era: 'modern',
};

const parsed = (line: string): unknown => parseLine(line.slice(0, -1));

describe('the lines of a spool', () => {
  it.each(['', 'say "no"', String.raw`C:\x`, 'a\nb\u0000\u007f', 'Zürich \u{1F600}', '[b] !#~'])(
    'keep %j where a caller may write it',
    (text) => {
      const odd = { ...intent, userId: text, clientId: text, toolName: text, correlationId: text };
      const line = intentLine(odd);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parsed(line)).toEqual({ kind: 'intent', ...odd });
    },
  );

  it('cannot keep half a surrogate pair, and is not damaged by it', () => {
    expect(parsed(Buffer.from(intentLine({ ...intent, toolName: 'a\ud800' })).toString())).toMatchObject({
      id: intent.id,
    });
  });

  it('keep redacted arguments', () => {
    const given = { ...intent, arguments: { b: [1.5, 'x"y'], a: null } };
    expect(parsed(intentLine(given))).toEqual({ kind: 'intent', ...given });
  });

  it('keep outcomes, with what is not known as null', () => {
    const nothing = { errorCode: null, serverId: null, serverName: null, responseBytes: null };
    expect(parsed(outcomeLine('i', 7, 1.25, { success: true }))).toEqual({
      kind: 'outcome',
      id: 'i',
      seq: 7,
      durationMs: 1.25,
      success: true,
      ...nothing,
    });
    const all = { success: false, errorCode: 'a.b', serverId: 's', serverName: 'n "m"', responseBytes: 5 };
    expect(parsed(outcomeLine('i', 8, 2, all))).toEqual({ kind: 'outcome', id: 'i', seq: 8, durationMs: 2, ...all });
  });

  it('keep gaps', () => {
    const gap = { id: 'i', seq: 3, fromMs: 1, toMs: 2, calls: 9 };
    expect(parsed(gapLine(gap))).toEqual({ kind: 'gap', ...gap });
  });

  it.each([
    ['another letter', (line: string) => line.replace('ann', 'bob')],
    ['a cut', (line: string) => line.slice(0, 40)],
    ['nothing', () => ''],
    ['a sum alone', () => '00000000 '],
  ])('are not read after %s', (_what, change) => {
    expect(parseLine(change(intentLine(intent).slice(0, -1)))).toBeUndefined();
  });
});
