import { describe, expect, it, vi } from 'vitest';
import { SystemResolver } from './resolver.js';
import { UnresolvableError } from './egress-errors.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('SystemResolver', () => {
  it('keeps the order of the addresses, each once', async () => {
    const found = ['2606:4700::1', '8.8.8.8', '2606:4700::1', '1.1.1.1'].map((address) => ({ address }));
    const resolver = new SystemResolver({ lookup: () => Promise.resolve(found) });
    expect(await resolver.resolve('h.example')).toEqual(['2606:4700::1', '8.8.8.8', '1.1.1.1']);
  });

  it('asks the system', async () => {
    expect(await new SystemResolver().resolve('localhost')).toContain('127.0.0.1');
    await expect(new SystemResolver().resolve('nobody.invalid')).rejects.toBeInstanceOf(UnresolvableError);
  });

  it.each([
    ['an error', () => Promise.reject(new Error('getaddrinfo ENOTFOUND h.example'))],
    ['no address', () => Promise.resolve([])],
    ['no answer in time', never],
  ])('fails with a code of its own: %s', async (_name, lookup) => {
    const resolver = new SystemResolver({ lookup, timeoutMs: 20 });
    const expected = { kind: 'upstream_failed', code: 'egress.unresolvable', name: 'UnresolvableError' };
    await expect(resolver.resolve('h.example')).rejects.toMatchObject(expected);
  });

  it('asks once for a name while an answer is awaited, and again afterwards', async () => {
    const lookup = vi.fn(() => Promise.resolve([{ address: '8.8.8.8' }]));
    const resolver = new SystemResolver({ lookup });
    await Promise.all([resolver.resolve('h.example'), resolver.resolve('h.example')]);
    expect(lookup).toHaveBeenCalledTimes(1);
    await resolver.resolve('h.example');
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  it('bounds the look-ups that hang', async () => {
    const resolver = new SystemResolver({ lookup: never, timeoutMs: 10, maxPending: 2 });
    const hang = ['a', 'b', 'a'].map((host) => resolver.resolve(host));
    await expect(resolver.resolve('c')).rejects.toMatchObject({ code: 'egress.resolver_busy', kind: 'unavailable' });
    for (const result of await Promise.allSettled(hang)) {
      expect(result).toMatchObject({ reason: { code: 'egress.unresolvable' } });
    }
  });
});
