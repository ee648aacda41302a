import { describe, expect, it } from 'vitest';
import { bridgedClientCapabilities, bridgedServerCapabilities } from './bridged-capabilities.js';

describe('bridgedClientCapabilities', () => {
  it.each([
    [{}, {}],
    [undefined, {}],
    ['all', {}],
    [{ elicitation: {} }, { elicitation: {} }],
    [{ elicitation: { form: {}, url: { a: 1 } } }, { elicitation: { form: {}, url: { a: 1 } } }],
    [{ elicitation: { url: true, voice: {} } }, { elicitation: {} }],
    [{ sampling: { tools: {}, context: {} } }, { sampling: { tools: {}, context: {} } }],
    [{ roots: { listChanged: true } }, { roots: {} }],
    [{ roots: true, sampling: null }, {}],
    [{ tasks: { list: {}, requests: { sampling: { createMessage: {} } } } }, {}],
    [{ extensions: { 'io.modelcontextprotocol/tasks': {} } }, {}],
    [
      { extensions: { 'io.modelcontextprotocol/tasks': {}, 'com.example/ui': { mimeTypes: ['text/html'] } } },
      { extensions: { 'com.example/ui': { mimeTypes: ['text/html'] } } },
    ],
    [{ experimental: { x: {}, y: 1 } }, { experimental: { x: {} } }],
    [JSON.parse('{"__proto__":{"roots":{}},"constructor":{}}'), {}],
  ])('%j becomes %j', (declared, expected) => {
    expect(bridgedClientCapabilities(declared)).toStrictEqual(expected);
  });
});

describe('bridgedServerCapabilities', () => {
  it.each([
    [undefined, {}],
    [
      { tools: {}, prompts: { listChanged: true } },
      { tools: {}, prompts: { listChanged: true } },
    ],
    [{ resources: { subscribe: true, listChanged: false } }, { resources: { subscribe: true } }],
    [
      { logging: {}, completions: {} },
      { logging: {}, completions: {} },
    ],
    [{ tasks: { list: {} }, extensions: { 'io.modelcontextprotocol/tasks': {} }, experimental: { x: {} } }, {}],
  ])('%j becomes %j', (declared, expected) => {
    expect(bridgedServerCapabilities(declared)).toStrictEqual(expected);
  });
});
