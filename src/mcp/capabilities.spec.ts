import { describe, expect, it } from 'vitest';
import { missingClientCapabilities, requiredClientCapabilities, unionCapabilities } from './capabilities.js';

describe('unionCapabilities', () => {
  it.each<[string, unknown[], unknown]>([
    ['nothing', [], {}],
    ['junk', [null, 'x', { tools: true }, { prompts: [] }], {}],
    ['one', [{ tools: {}, logging: {} }], { tools: {}, logging: {} }],
    [
      'several',
      [{ tools: { listChanged: false } }, { tools: { listChanged: true }, resources: { subscribe: true } }],
      { tools: { listChanged: true }, resources: { subscribe: true } },
    ],
    ['flags that are not true', [{ resources: { subscribe: 'yes' } }], { resources: {} }],
    ['what nobody can route', [{ experimental: { a: {} }, extensions: { b: {} }, tasks: {} }], {}],
  ])('%s', (_what, all, expected) => {
    expect(unionCapabilities(all)).toStrictEqual(expected);
  });
});

describe('requiredClientCapabilities', () => {
  it.each<[string, unknown, unknown]>([
    ['elicitation/create', { mode: 'url' }, { elicitation: { url: {} } }],
    ['elicitation/create', { mode: 'form' }, { elicitation: { form: {} } }],
    ['elicitation/create', undefined, { elicitation: { form: {} } }],
    ['sampling/createMessage', {}, { sampling: {} }],
    ['sampling/createMessage', { tools: [] }, { sampling: { tools: {} } }],
    ['sampling/createMessage', { toolChoice: {} }, { sampling: { tools: {} } }],
    ['roots/list', undefined, { roots: {} }],
    ['ping', undefined, undefined],
  ])('%s %j', (method, params, expected) => {
    expect(requiredClientCapabilities(method, params)).toStrictEqual(expected);
  });
});

describe('missingClientCapabilities', () => {
  const url = { elicitation: { url: {} } };
  const form = { elicitation: { form: {} } };
  it.each<[string, Record<string, Record<string, unknown>>, unknown, unknown]>([
    ['nothing declared', { sampling: {} }, undefined, { sampling: {} }],
    ['declared', { sampling: {} }, { sampling: {} }, undefined],
    ['a member missing', { sampling: { tools: {} } }, { sampling: {} }, { sampling: { tools: {} } }],
    ['a member declared', { sampling: { tools: {} } }, { sampling: { tools: {} } }, undefined],
    ['forms from a bare elicitation', form, { elicitation: {} }, undefined],
    ['no URL from a bare elicitation', url, { elicitation: {} }, url],
    ['no forms where a mode is named', form, { elicitation: { url: {} } }, form],
    ['only what is inherited', { valueOf: {} }, {}, { valueOf: {} }],
    ['two, one declared', { roots: {}, sampling: {} }, { roots: {} }, { sampling: {} }],
  ])('%s', (_what, required, declared, expected) => {
    expect(missingClientCapabilities(required, declared)).toStrictEqual(expected);
  });
});
