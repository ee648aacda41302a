import { describe, expect, it } from 'vitest';
import { readPeerMessage } from '../peer-message.js';
import type { ModernCall } from './modern-call.js';
import { toModernNotification } from './modern-notification.js';

const call: ModernCall = {
  id: '1',
  method: 'tools/call',
  clientCapabilities: {},
  progressToken: 'p',
  logLevel: 'warning',
};

function fateOf(method: string, params: string | undefined, changes: Partial<ModernCall> = {}, sent?: unknown) {
  const rest = params === undefined ? '' : `,"params":${params}`;
  const message = readPeerMessage(Buffer.from(`{"jsonrpc":"2.0","method":"notifications/${method}"${rest}}`));
  if (message.kind !== 'notification') throw new Error(message.kind);
  const merged = { ...call, ...changes };
  const fate = toModernNotification(message, merged, sent ?? merged.progressToken);
  return 'bytes' in fate ? { ...fate, bytes: fate.bytes.toString() } : fate;
}

describe('toModernNotification', () => {
  it.each<[string, string | undefined, Partial<ModernCall>, string]>([
    ['progress', '{"progressToken":"p","progress":1}', {}, 'forward'],
    ['progress', '{"progressToken":7,"progress":1}', { progressToken: 7 }, 'forward'],
    ['progress', '{"progressToken":"q","progress":1}', {}, 'dropped'],
    ['progress', '{"progressToken":"7","progress":1}', { progressToken: 7 }, 'dropped'],
    ['progress', '{"progress":1}', { progressToken: undefined }, 'dropped'],
    ['progress', undefined, {}, 'dropped'],
    ['message', '{"level":"error","data":1}', {}, 'forward'],
    ['message', '{"level":"warning","data":1}', {}, 'forward'],
    ['message', '{"level":"info","data":1}', {}, 'dropped'],
    ['message', '{"level":"emergency","data":1}', { logLevel: undefined }, 'dropped'],
    ['message', '{"level":{},"data":1}', {}, 'dropped'],
    ['message', undefined, {}, 'dropped'],
    ['cancelled', '{"requestId":"r"}', {}, 'cancelled'],
    ['cancelled', '{}', {}, 'dropped'],
    ['tools/list_changed', undefined, {}, 'list_changed'],
    ['prompts/list_changed', '{}', {}, 'list_changed'],
    ['resources/list_changed', undefined, {}, 'list_changed'],
    ['resources/updated', '{"uri":"a://b"}', {}, 'resource_updated'],
    ['resources/updated', '{"uri":7}', {}, 'dropped'],
    ['elicitation/complete', '{"elicitationId":"e"}', {}, 'dropped'],
    ['tasks/status', '{}', {}, 'dropped'],
    ['subscriptions/acknowledged', '{}', {}, 'dropped'],
    ['unknown', undefined, {}, 'dropped'],
  ])('%s %s for %j: %s', (method, params, changes, kind) => {
    const fate = fateOf(method, params, changes);
    expect(fate.kind).toBe(kind);
    if (fate.kind === 'dropped') expect(fate.why).toMatch(/\.$/);
  });

  it('passes the bytes of params on', () => {
    expect(fateOf('progress', '{"progressToken":"p","progress":1.50}')).toMatchObject({
      bytes: '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1.50}}',
    });
  });

  it('shows a retry the progress of the first request under its own token', () => {
    expect(fateOf('progress', '{"progressToken":"p","progress":2}', { progressToken: 8 }, 'p')).toMatchObject({
      bytes: '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":8,"progress":2}}',
    });
    expect(fateOf('progress', '{"progressToken":"p"}', { progressToken: undefined }, 'p').kind).toBe('dropped');
  });

  it.each([
    ['cancelled', '{"requestId":7}', { kind: 'cancelled', requestId: '7' }],
    ['tools/list_changed', undefined, { kind: 'list_changed', list: 'tools' }],
    ['resources/updated', '{"uri":"a://b"}', { kind: 'resource_updated', uri: 'a://b' }],
  ])('tells the gateway what is for it: %s', (method, params, expected) => {
    expect(fateOf(method, params)).toMatchObject(expected);
  });
});
