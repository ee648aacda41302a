import { describe, expect, it } from 'vitest';
import { METHODS } from '../methods.js';
import type { Era } from '../versions.js';
import { untranslatable } from './untranslatable.js';

describe('untranslatable', () => {
  it.each<[string, Era, Era, number | undefined | 'translated']>([
    ['tools/call', 'legacy', 'modern', 'translated'],
    ['tools/call', 'modern', 'legacy', 'translated'],
    ['ping', 'legacy', 'modern', 'translated'],
    ['logging/setLevel', 'legacy', 'modern', 'translated'],
    ['subscriptions/listen', 'modern', 'legacy', 'translated'],
    ['notifications/cancelled', 'legacy', 'modern', 'translated'],
    ['notifications/progress', 'legacy', 'modern', undefined],
    ['tasks/list', 'legacy', 'modern', -32601],
    ['tasks/list', 'legacy', 'legacy', 'translated'],
    ['tasks/update', 'modern', 'legacy', -32601],
    ['notifications/tasks/status', 'legacy', 'modern', undefined],
    ['notifications/roots/list_changed', 'legacy', 'modern', undefined],
    ['notifications/elicitation/complete', 'legacy', 'modern', undefined],
    ['resources/subscribe', 'modern', 'legacy', -32601],
    ['notifications/roots/list_changed', 'modern', 'legacy', undefined],
    ['nobody/knows', 'legacy', 'modern', -32601],
    ['notifications/nobody/knows', 'modern', 'legacy', undefined],
    ['constructor', 'modern', 'legacy', -32601],
  ])('%s, %s to %s', (method, from, to, code) => {
    const refusal = untranslatable(method, from, to);
    expect(refusal ? refusal.code : 'translated').toBe(code);
    if (refusal) expect(refusal.why).toMatch(/\.$/);
  });

  it.each<[Era, Era, string[]]>([
    [
      'legacy',
      'modern',
      [
        'initialize',
        'ping',
        'logging/setLevel',
        'resources/subscribe',
        'resources/unsubscribe',
        'sampling/createMessage',
        'elicitation/create',
        'roots/list',
        'notifications/initialized',
      ],
    ],
    ['modern', 'legacy', ['server/discover', 'subscriptions/listen', 'notifications/subscriptions/acknowledged']],
  ])('%s methods that %s lacks are refused, but for those that are bridged', (from, to, bridged) => {
    const only = [...METHODS.values()].filter((facts) => facts[from] !== undefined && facts[to] === undefined);
    const found = only.filter((facts) => {
      const sender = facts[from] === 'server' ? 'server' : 'client';
      return !untranslatable(facts.method, from, to, sender);
    });
    expect(found.map(({ method }) => method)).toStrictEqual(bridged);
  });
});
