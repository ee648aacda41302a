import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { below, seededRandom } from '../../test/support/random-json.js';
import { mountTemplate, mountUri, parseMountedUri } from './mounted-uri.js';
import { exposedName } from './names.js';

const SERVER = '0190c0de-0000-7000-8000-000000000001';
const hash = (raw: string) => createHash('sha256').update(`${SERVER}\0${raw}`).digest('hex').slice(0, 8);

describe('exposedName', () => {
  it.each([
    ['plain', 'git', 'create_issue', 'git__create_issue'],
    ['a dash and digits', 'g-2', 'A-1_b', 'g-2__A-1_b'],
    ['just 64 characters', 'git', 'x'.repeat(59), `git__${'x'.repeat(59)}`],
    ['65 characters', 'git', 'x'.repeat(60), `git__${'x'.repeat(50)}_${hash('x'.repeat(60))}`],
    ['a dot', 'git', 'issues.create', `git__issues_create_${hash('issues.create')}`],
    ['one character outside the BMP', 'git', 'a😀', `git__a__${hash('a😀')}`],
    [
      'the longest alias',
      'a'.repeat(40),
      'y'.repeat(30),
      `${'a'.repeat(40)}__${'y'.repeat(13)}_${hash('y'.repeat(30))}`,
    ],
    ['an empty name', 'git', '', 'git__'],
  ])('%s', (_what, alias, raw, expected) => {
    expect(exposedName(alias, SERVER, raw)).toBe(expected);
  });

  it('tells names apart that sanitise to the same, and servers', () => {
    const names = [
      exposedName('git', SERVER, 'a.b'),
      exposedName('git', SERVER, 'a:b'),
      exposedName('git', SERVER, 'a_b'),
      exposedName('git', 'other', 'a.b'),
    ];
    expect(new Set(names).size).toBe(4);
  });

  it('is always a name that model providers accept', () => {
    const random = seededRandom(5);
    for (let round = 0; round < 2_000; round += 1) {
      const raw = String.fromCharCode(...Array.from({ length: below(random, 90) }, () => below(random, 0xffff)));
      expect(exposedName('a'.repeat(1 + below(random, 40)), SERVER, raw)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    }
  });
});

describe('mounted URIs', () => {
  it.each([
    ['file:///a b', 'mrg://git/file%3A%2F%2F%2Fa%20b'],
    ['test://x?q=1#f', 'mrg://git/test%3A%2F%2Fx%3Fq%3D1%23f'],
    ['a%2Fb', 'mrg://git/a%252Fb'],
    ['é', 'mrg://git/%C3%A9'],
    ['', 'mrg://git/'],
  ])('%s is mounted and found again', (uri, mounted) => {
    expect(mountUri('git', uri)).toBe(mounted);
    expect(parseMountedUri(mounted)).toStrictEqual({ alias: 'git', uri });
  });

  it('keeps the expressions of a template, whose expansion is found again', () => {
    const template = mountTemplate('git', 'repo://{owner}/{+path}?x=1');
    expect(template).toBe('mrg://git/repo%3A%2F%2F{owner}%2F{+path}%3Fx%3D1');
    const expanded = template.replace('{owner}', 'me').replace('{+path}', 'a/b');
    expect(parseMountedUri(expanded)).toStrictEqual({ alias: 'git', uri: 'repo://me/a/b?x=1' });
  });

  it.each([
    'file:///a',
    'mrg://',
    'mrg://git',
    'mrg:///x',
    'mrg://GIT/x',
    'mrg://git/%zz',
    `mrg://${'a'.repeat(41)}/x`,
  ])('%s is none', (uri) => {
    expect(parseMountedUri(uri)).toBeUndefined();
  });

  it('does not fail on a lone surrogate', () => {
    expect(mountUri('git', 'a\ud800')).toBe('mrg://git/a%EF%BF%BD');
  });
});
