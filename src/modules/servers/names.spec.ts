import { describe, expect, it } from 'vitest';
import { ALIAS, aliasCandidates, checkNamespace, isServerName, latestOf } from './names.js';

describe('isServerName', () => {
  it.each(['weather', 'W', '9lives', 'a.b_c-d', 'io.github.acme/weather', 'a/b', 'x'.repeat(100)])(
    'takes %s',
    (name) => {
      expect(isServerName(name)).toBe(true);
    },
  );

  it.each([
    '',
    '-a',
    '.a',
    'a b',
    'a/b/c',
    '/a',
    'a/',
    'é',
    'a\u0000',
    'x'.repeat(101),
    `${'n'.repeat(150)}/${'m'.repeat(60)}`,
  ])('refuses %j', (name) => {
    expect(isServerName(name)).toBe(false);
  });
});

describe('checkNamespace', () => {
  it.each(['local/weather', 'LOCAL/x'])('keeps %s for the registry itself', (name) => {
    expect(() => {
      checkNamespace(name);
    }).toThrow(/reserved/);
  });

  it('lets others pass', () => {
    checkNamespace('localhost/weather');
    checkNamespace('local');
  });
});

describe('aliasCandidates', () => {
  it.each([
    ['weather', ['weather', 'weather-2', 'weather-3']],
    ['io.github.acme/Weather_API', ['weather-api', 'io-github-acme-weather-api', 'weather-api-2']],
    ['___', ['server', 'server-2', 'server-3']],
    ['x'.repeat(100), ['x'.repeat(40), `${'x'.repeat(38)}-2`, `${'x'.repeat(38)}-3`]],
  ])('of %s begins with %j', (name, expected) => {
    const made = [...aliasCandidates(name)];
    expect(made.slice(0, 3)).toEqual(expected);
    expect(made.every((alias) => ALIAS.test(alias))).toBe(true);
  });
});

describe('latestOf', () => {
  it.each([
    [
      [
        ['1.0.0', 1],
        ['1.10.0', 2],
        ['1.9.0', 3],
      ],
      '1.10.0',
    ],
    [
      [
        ['main', 9],
        ['0.0.1', 1],
      ],
      '0.0.1',
    ],
    [
      [
        ['main', 1],
        ['dev', 2],
      ],
      'dev',
    ],
    [
      [
        ['2.0.0-rc.1', 5],
        ['1.9.9', 1],
      ],
      '2.0.0-rc.1',
    ],
  ] as const)('of %j is %s', (versions, expected) => {
    const entries = versions.map(([version, second], i) => ({
      id: String(i),
      version,
      createdAt: new Date(second * 1000),
    }));
    expect(latestOf(entries)?.version).toBe(expected);
  });
});
