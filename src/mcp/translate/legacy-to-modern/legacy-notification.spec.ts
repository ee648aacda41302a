import { describe, expect, it } from 'vitest';
import { readPeerMessage } from '../peer-message.js';
import { toLegacyNotification } from './legacy-notification.js';

function fateOf(method: string, params: string | undefined, token?: unknown) {
  const rest = params === undefined ? '' : `,"params":${params}`;
  const message = readPeerMessage(Buffer.from(`{"jsonrpc":"2.0","method":"notifications/${method}"${rest}}`));
  if (message.kind !== 'notification') throw new Error(message.kind);
  return toLegacyNotification(message, token);
}

const SUBSCRIPTION = '"io.modelcontextprotocol/subscriptionId":1';

describe('toLegacyNotification', () => {
  it.each<[string, string | undefined, unknown, string]>([
    ['progress', '{"progressToken":"p","progress":1.0}', 'p', 'forward'],
    ['progress', '{"progressToken":"q","progress":1.0}', 'p', 'dropped'],
    ['progress', '{"progressToken":"p","progress":1.0}', undefined, 'dropped'],
    ['message', '{"level":"debug","data":1.0}', undefined, 'forward'],
    ['message', undefined, undefined, 'dropped'],
    ['subscriptions/acknowledged', '{"notifications":{}}', undefined, 'dropped'],
    ['cancelled', '{"requestId":1}', undefined, 'dropped'],
    ['tools/list_changed', '{}', undefined, 'list_changed'],
    ['resources/updated', '{}', undefined, 'dropped'],
    ['roots/list_changed', '{}', undefined, 'dropped'],
    ['unknown', '{}', undefined, 'dropped'],
  ])('%s %s with the token %j: %s', (method, params, token, kind) => {
    const fate = fateOf(method, params, token);
    expect(fate.kind).toBe(kind);
    if (fate.kind === 'forward') {
      expect(fate.bytes.toString()).toBe(`{"jsonrpc":"2.0","method":"notifications/${method}","params":${params}}`);
    }
  });

  it.each([
    [`{"uri":"a://b","_meta":{${SUBSCRIPTION}}}`, '{"uri":"a://b"}'],
    [`{"_meta":{"a":1.0,${SUBSCRIPTION}},"uri":"a://b"}`, '{"_meta":{"a":1.0},"uri":"a://b"}'],
    ['{"uri":"a://b","_meta":{}}', '{"uri":"a://b","_meta":{}}'],
  ])('an update of a resource is of no subscription any more: %s', (params, expected) => {
    const fate = fateOf('resources/updated', params);
    if (fate.kind !== 'resource_updated') throw new Error(fate.kind);
    expect(fate.uri).toBe('a://b');
    expect(fate.bytes.toString()).toBe(
      `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":${expected}}`,
    );
  });
});
