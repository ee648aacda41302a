import { describe, expect, it } from 'vitest';
import { METHODS, methodIn } from './methods.js';
import { isModernVersion, negotiateLegacyVersion, type Era } from './versions.js';

describe('methodIn', () => {
  it.each<[Era, string, 'client' | 'server', boolean]>([
    ['modern', 'tools/call', 'client', true],
    ['legacy', 'tools/call', 'client', true],
    ['modern', 'tools/call', 'server', false],
    ['modern', 'server/discover', 'client', true],
    ['legacy', 'server/discover', 'client', false],
    ['modern', 'initialize', 'client', false],
    ['modern', 'ping', 'client', false],
    ['legacy', 'ping', 'server', true],
    ['legacy', 'ping', 'client', true],
    ['modern', 'elicitation/create', 'server', false],
    ['legacy', 'elicitation/create', 'server', true],
    ['legacy', 'elicitation/create', 'client', false],
    ['modern', 'notifications/progress', 'client', false],
    ['legacy', 'notifications/progress', 'client', true],
    ['legacy', 'tasks/get', 'client', false],
    ['modern', 'constructor', 'client', false],
  ])('%s %s from the %s: %s', (era, method, sender, known) => {
    expect(methodIn(era, method, sender)?.method).toBe(known ? method : undefined);
  });

  it.each([
    ['audited', ['tools/call', 'prompts/get', 'resources/read', 'completion/complete']],
    ['mayRequireInput', ['tools/call', 'prompts/get', 'resources/read']],
    [
      'cacheable',
      ['resources/read', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'server/discover'],
    ],
  ] as const)('%s: only the methods of the contract', (flag, expected) => {
    const found = [...METHODS.values()].filter((facts) => facts[flag]).map((facts) => facts.method);
    expect(found).toStrictEqual(expected);
  });

  it('takes Mcp-Name from the name or the URI', () => {
    const found = [...METHODS.values()].flatMap(({ method, nameFrom }) => (nameFrom ? [[method, nameFrom]] : []));
    expect(found).toStrictEqual([
      ['tools/call', 'name'],
      ['prompts/get', 'name'],
      ['resources/read', 'uri'],
    ]);
  });
});

describe('versions', () => {
  it.each([
    ['2026-07-28', true],
    ['2026-07-27', false],
    ['2027-01-01', true],
    ['2025-11-25', false],
    ['', false],
  ])('%s is modern: %s', (version, modern) => {
    expect(isModernVersion(version)).toBe(modern);
  });

  it.each([
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    [undefined, '2025-11-25'],
  ])('initialize with %s is answered with %s', (requested, answered) => {
    expect(negotiateLegacyVersion(requested)).toBe(answered);
  });
});
