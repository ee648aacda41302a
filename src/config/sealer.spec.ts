import { describe, expect, it } from 'vitest';
import { Sealer, UnreadableSealError } from './sealer.js';
import { Secrets } from './secrets.js';

const sealer = (...roots: string[]): Sealer => new Sealer(new Secrets(roots).keysFor('test'));

describe('Sealer', () => {
  it('opens what it sealed, and hides it', () => {
    const sealed = sealer('a').seal('very secret', 'here');
    expect(sealer('a').open(sealed, 'here')).toBe('very secret');
    expect(sealer('b', 'a').open(sealed, 'here')).toBe('very secret');
    expect(sealed.ciphertext.toString('latin1')).not.toContain('secret');
  });

  it('opens nothing under another binding, purpose or key', () => {
    const sealed = sealer('a').seal('very secret', 'here');
    expect(() => sealer('a').open(sealed, 'there')).toThrow(new UnreadableSealError('tampered'));
    expect(() => sealer('b').open(sealed, 'here')).toThrow(new UnreadableSealError('unknown_key'));
    const otherPurpose = new Sealer(new Secrets(['a']).keysFor('other'));
    expect(() => otherPurpose.open(sealed, 'here')).toThrow(new UnreadableSealError('tampered'));
  });

  it('does not start without a key', () => {
    expect(() => sealer()).toThrow('no key');
  });
});
