import { describe, expect, it } from 'vitest';
import { isListChanged } from './list-changed.js';

describe('isListChanged', () => {
  it.each([
    ['{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}', true],
    ['{"method":"notifications/prompts/list_changed","params":{"_meta":{"a":1}},"jsonrpc":"2.0"}', true],
    ['{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}', true],
    ['{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"list_changed"}}', false],
    ['{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"notifications/tools/list_changed"}}', false],
    ['{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}', false],
    ['{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"list_changed"}]}}', false],
    ['["list_changed"', false],
    ['', false],
  ])('%s: %s', (message, expected) => {
    expect(isListChanged(Buffer.from(message))).toBe(expected);
  });
});
