import { describe, expect, it } from 'vitest';
import { compareVersions } from './semver.js';

describe('compareVersions', () => {
  it('follows the precedence example of semver.org', () => {
    const ordered = [
      'latest', // not a semantic version: below all
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.9.0',
      '1.10.0',
      '2.0.0',
      '20260101000000.0.0',
    ];
    const shuffled = ordered.toReversed();
    expect(shuffled.sort(compareVersions)).toEqual(ordered);
  });

  it.each([
    ['1.0.0', '1.0.0+build.5'],
    ['v1.2.3', '1.2.3'],
    ['latest', 'main'],
  ])('%s and %s rank the same', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });
});
