import { describe, expect, it } from 'vitest';
import { toModernTool } from './modern-tool.js';

describe('toModernTool', () => {
  it.each([
    [
      { name: 'a', inputSchema: {} },
      { name: 'a', inputSchema: {} },
    ],
    [
      { name: 'a', execution: { taskSupport: 'optional' }, title: 'A' },
      { name: 'a', title: 'A' },
    ],
  ])('makes of %j', (given, expected) => {
    expect(toModernTool(given)).toEqual(expected);
  });
});
