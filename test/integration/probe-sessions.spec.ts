import { afterEach, describe, expect, it } from 'vitest';
import { checkHealth } from '../../src/modules/servers/probe/check-health.js';
import { probe } from '../../src/modules/servers/probe/probe.js';
import { startLegacyStateful } from '../support/upstreams/legacy.js';
import { type MisbehaviourName, startMisbehaving } from '../support/upstreams/misbehaving.js';
import { startModernOnly } from '../support/upstreams/modern.js';
import {
  bodyOf,
  closeStarted,
  failureOf,
  http,
  options,
  sse,
  stallingFetch,
  started,
} from '../support/upstreams/probing.js';
import { startSse } from '../support/upstreams/sse.js';

afterEach(closeStarted);

/** A server that has no method at all. */
const plain: typeof fetch = async (_url, init) => {
  const id: unknown = (JSON.parse(bodyOf(init)) as { id?: number }).id;
  await Promise.resolve();
  return Response.json({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } });
};

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('sessions', () => {
  it('leaves none behind after probes and checks', async () => {
    const upstream = await started(startLegacyStateful());
    const { eras, fingerprint } = await probe(http(upstream.url), options());
    const last = { ...http(upstream.url), eras };
    for (let round = 0; round < 100; round += 1) {
      const check = await checkHealth(last, options());
      expect(check).toMatchObject({ listChanged: false, fingerprint });
    }
    expect(upstream.opened()).toBe(101);
    expect(upstream.sessions()).toBe(0);
  });

  it('ends the session of a probe that fails in the middle, and of one that is out of time', async () => {
    const upstream = await started(startLegacyStateful());
    const limits = { totalBytes: 1 };
    expect(await failureOf(probe(http(upstream.url), options({ limits })))).toMatchObject({
      code: 'response_too_large',
    });
    expect(
      await failureOf(probe(http(upstream.url), options({ fetch: stallingFetch('tools/list'), deadlineMs: 800 }))),
    ).toMatchObject({
      code: 'timeout',
    });
    expect(upstream.opened()).toBe(2);
    expect(upstream.sessions()).toBe(0);
  });

  it('survives a server that refuses DELETE', async () => {
    const upstream = await started(startLegacyStateful({}, { refuseDelete: true }));
    const result = await probe(http(upstream.url), options());
    expect(result.tools).toHaveLength(2);
  });

  it('leaves no timer behind', async () => {
    const before = timers();
    await failureOf(probe(http('http://upstream.test/mcp'), options({ fetch: plain })));
    await failureOf(checkHealth({ ...http('http://upstream.test/mcp'), eras: {} }, options({ fetch: plain })));
    expect(timers()).toBe(before);
  });
});

describe('checkHealth', () => {
  it('asks a modern server for nothing but server/discover, and sees that it changed', async () => {
    const upstream = await started(startModernOnly());
    const { eras, fingerprint } = await probe(http(upstream.url), options());
    const target = { ...http(upstream.url), eras };
    expect(await checkHealth(target, options())).toMatchObject({ listChanged: false, fingerprint });
    upstream.content.version = '1.2.4';
    expect((await checkHealth(target, options())).fingerprint).not.toBe(fingerprint);
  });

  it('closes the stream of an sse server, and hears that a list changed', async () => {
    const upstream = await started(startSse({}, { announce: true }));
    const target = { ...sse(upstream.url), eras: { legacy: ['2024-11-05'] } };
    expect(await checkHealth(target, options())).toMatchObject({ listChanged: true });
    await expect.poll(() => upstream.sessions()).toBe(0);
  });

  it('hears on the answer to a ping that a list changed', async () => {
    const upstream = await started(startMisbehaving('announces-change'));
    const target = { ...http(upstream.url), eras: { legacy: ['2025-06-18'] } };
    expect(await checkHealth(target, options())).toMatchObject({ listChanged: true });
  });

  it('takes a server without ping for alive', async () => {
    const upstream = await started(startMisbehaving('no-such-method'));
    const target = { ...http(upstream.url), eras: { legacy: ['2025-06-18'] } };
    expect(await checkHealth(target, options())).toMatchObject({ listChanged: false });
  });

  it.each<[MisbehaviourName, string]>([
    ['hang', 'timeout'],
    ['status-500', 'server_error'],
    ['html', 'not_mcp'],
    ['not-found', 'era_changed'],
    ['no-such-method', 'era_changed'],
  ])('%s is %s to a check in the modern era', async (name, code) => {
    const upstream = await started(startMisbehaving(name));
    const target = { ...http(upstream.url), eras: { modern: '2026-07-28' } };
    const failure = await failureOf(checkHealth(target, options({ deadlineMs: code === 'timeout' ? 500 : 10_000 })));
    expect(failure).toMatchObject({ code });
  });
});
