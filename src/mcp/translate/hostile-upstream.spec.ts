import { describe, expect, it } from 'vitest';
import { below, pick, randomJson, randomObject, seededRandom, type Random } from '../../../test/support/random-json.js';
import { AppError } from '../../kernel/app-error.js';
import { ResultEnvelope } from '../envelope.js';
import { METHODS } from '../methods.js';
import { toServerRequest } from './legacy-to-modern/input-requests.js';
import { toLegacyAnswer } from './legacy-to-modern/legacy-answer.js';
import { toLegacyNotification } from './legacy-to-modern/legacy-notification.js';
import { toModernAnswer } from './modern-to-legacy/modern-answer.js';
import type { ModernCall } from './modern-to-legacy/modern-call.js';
import { toModernNotification } from './modern-to-legacy/modern-notification.js';
import { toInputRequest } from './modern-to-legacy/server-request.js';
import { readPeerMessage, type PeerMessage } from './peer-message.js';

const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };
const envelope = new ResultEnvelope({ name: 'gateway', version: '1' });
const methods = [...METHODS.keys(), 'tasks/get', '__proto__', ''];

/** Keys that mean something, by level below `params`, `result` or `error`. */
const keys = [
  ['resultType', 'inputRequests', 'requestState', '_meta', 'ttlMs', 'structuredContent', 'code', 'message', 'data'],
  ['progressToken', 'uri', 'level', 'requestId', 'mode', 'url', 'elicitations', '__proto__'],
  ['method', 'params', 'mode', 'url', 'message', 'io.modelcontextprotocol/subscriptionId'],
  ['mode', 'tools', 'url'],
];

function randomMessage(random: Random): string {
  const part = (depth: number) =>
    random() < 0.9
      ? randomObject(random, { keys, duplicates: random() < 0.3 }, depth)
      : randomJson(random, { keys, duplicates: true }, depth);
  const id = pick(random, ['1', '"a"', 'null', '{}', '1.5']);
  const method = JSON.stringify(pick(random, methods));
  const code = pick(random, ['-32042', '-32002', '-32021', '-32602', '1e400', '"x"']);
  const text = pick(random, [
    () => `{"jsonrpc":"2.0","id":${id},"method":${method},"params":${part(4)}}`,
    () => `{"jsonrpc":"2.0","method":${method},"params":${part(4)}}`,
    () => `{"jsonrpc":"2.0","id":${id},"result":${part(5)}}`,
    () => `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"input_required","inputRequests":${part(4)}}}`,
    () => `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":${part(0)},"data":${part(4)}}}`,
    () =>
      randomObject(
        random,
        { keys: [['jsonrpc', 'id', 'method', 'result', 'error', 'params'], ...keys], duplicates: true },
        4,
      ),
  ])();
  return random() < 0.1 ? text.slice(0, below(random, text.length)) : text;
}

/** Everything that a bridge would make of a message, in both directions. */
function* translations(message: PeerMessage, method: string, declared: unknown): Generator<Buffer | undefined> {
  const call: ModernCall = { id: '"c"', method, clientCapabilities: declared, progressToken: 1, logLevel: 'debug' };
  if (message.kind === 'request') {
    const fate = toInputRequest(message, declared);
    yield fate.kind === 'ask' ? fate.entry : fate.bytes;
  } else if (message.kind === 'notification') {
    for (const fate of [toModernNotification(message, call), toLegacyNotification(message, 1)]) {
      yield 'bytes' in fate ? fate.bytes : undefined;
    }
  } else {
    yield toModernAnswer(message, call, envelope).bytes;
    const answer = toLegacyAnswer(message, { id: '"c"', method, clientCapabilities: declared });
    if (answer.kind !== 'input_required') yield answer.bytes;
    else for (const request of answer.requests) yield toServerRequest(request, '1', 'e');
  }
}

describe('a hostile upstream', () => {
  it('gets mcp.bad_message at worst, on 4,000 random messages, and what passes is JSON', () => {
    const random = seededRandom(29);
    let passed = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const text = randomMessage(random);
      const method = pick(random, methods);
      const declared = pick<unknown>(random, [ALL, {}, null]);
      try {
        for (const bytes of translations(readPeerMessage(Buffer.from(text)), method, declared)) {
          if (bytes) JSON.parse(bytes.toString());
        }
        passed += 1;
      } catch (error) {
        expect(error instanceof AppError && error.code, `${text} ${String(error)}`).toBe('mcp.bad_message');
      }
    }
    expect(passed).toBeGreaterThan(1000);
  });

  it.each([
    ['a result', (deep: string) => `{"jsonrpc":"2.0","id":1,"result":{"content":${deep},"_meta":{"a":${deep}}}}`],
    ['an error', (deep: string) => `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":${deep}}}`],
    [
      '-32042',
      (deep: string) =>
        `{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"data":{"elicitations":[{"url":"u","message":${deep}}]}}}`,
    ],
    [
      'an input request',
      (deep: string) =>
        `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{"mode":"url","url":${deep}}}}}}`,
    ],
    [
      'a request',
      (deep: string) => `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":${deep}}}`,
    ],
    [
      'a log message',
      (deep: string) => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":${deep}}}`,
    ],
  ])('does not overflow the stack with %s that nests 200,000 deep', (_what, message) => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const read = readPeerMessage(Buffer.from(message(deep)));
    const all = [...translations(read, 'tools/call', ALL)];
    expect(all.every((bytes) => bytes === undefined || bytes.length > 0)).toBe(true);
  });
});
