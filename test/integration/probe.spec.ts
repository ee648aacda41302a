import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/app-error.js';
import { canonicalHash } from '../../src/kernel/canonical-json.js';
import { checkHealth } from '../../src/modules/servers/probe/check-health.js';
import { probe, type ProbeResult } from '../../src/modules/servers/probe/probe.js';
import { ECHO_TOOL } from '../support/upstreams/content.js';
import { startEverything } from '../support/upstreams/everything.js';
import { startLegacyStateful, startLegacyStateless } from '../support/upstreams/legacy.js';
import { type MisbehaviourName, startMisbehaving } from '../support/upstreams/misbehaving.js';
import { startDualEra, startModernOnly } from '../support/upstreams/modern.js';
import { closeStarted, failureOf, http, options, sse, stallingFetch, started } from '../support/upstreams/probing.js';
import { startSse } from '../support/upstreams/sse.js';

afterEach(closeStarted);

const names = (items: readonly { readonly name: string }[]): string[] => items.map(({ name }) => name);

function expectFixtureContent(result: ProbeResult): void {
  expect(names(result.tools)).toEqual(['echo', 'add']);
  expect(result.tools[0]).toMatchObject({ title: 'Echo', annotations: { readOnlyHint: true } });
  expect(result.resources).toMatchObject([{ uri: 'test://greeting', name: 'greeting', mimeType: 'text/plain' }]);
  expect(result.resourceTemplates).toMatchObject([{ uriTemplate: 'test://item/{id}', name: 'item' }]);
  expect(result.prompts).toMatchObject([{ name: 'ask', arguments: [{ name: 'topic', required: true }] }]);
  expect(result.serverInfo).toEqual({ name: 'fixture', version: '1.2.3' });
  expect(result.instructions).toBe('Echo and add.');
  expect(result.capabilities).toMatchObject({ tools: {}, resources: {}, prompts: {} });
  expect(result.responseTimeMs).toBeGreaterThan(0);
  expect(result.problems).toEqual([]);
}

describe('probe: eras', () => {
  it.each([
    ['modern only', startModernOnly, { modern: '2026-07-28' }],
    ['dual era', startDualEra, { modern: '2026-07-28', legacy: ['2025-11-25'] }],
    ['legacy without sessions', startLegacyStateless, { legacy: ['2025-11-25'] }],
    ['legacy with sessions', startLegacyStateful, { legacy: ['2025-11-25'] }],
  ])('%s', async (_what, start, eras) => {
    const upstream = await started<{ url: string; close(): Promise<void> }>(start());
    const result = await probe(http(upstream.url), options());
    expect(result.eras).toEqual(eras);
    expectFixtureContent(result);
  });

  it('sse', async () => {
    const upstream = await started(startSse());
    const result = await probe(sse(upstream.url), options());
    expect(result.eras).toEqual({ legacy: ['2025-11-25'] });
    expectFixtureContent(result);
    await expect.poll(() => upstream.sessions()).toBe(0);
  });

  it('does not wait for the other era beyond half of the time', async () => {
    const upstream = await started(startDualEra());
    const stalling = stallingFetch('"initialize"');
    const result = await probe(http(upstream.url), options({ fetch: stalling, deadlineMs: 1_000 }));
    expect(result.eras).toEqual({ modern: '2026-07-28' });
    expect(result.tools).toHaveLength(2);
    expect(result.problems).toEqual(['the legacy handshake failed: The legacy handshake took too long.']);
  });
});

describe('probe: lists', () => {
  it.each([
    ['modern', startModernOnly],
    ['legacy', startLegacyStateful],
  ])('reads all pages and keeps definitions as received, %s', async (_era, start) => {
    const strange = { ...ECHO_TOOL, name: 'strange', 'x-vendor': { deep: [1, { kept: true }] } };
    const tools = [...Array.from({ length: 24 }, (_item, index) => ({ ...ECHO_TOOL, name: `t${index}` })), strange];
    const upstream = await started(start({ tools, pageSize: 7 }));
    const result = await probe(http(upstream.url), options());
    expect(names(result.tools)).toEqual(names(tools as { name: string }[]));
    const last = result.tools.at(-1)!;
    expect(last.raw).toEqual(strange);
    expect(canonicalHash(last.raw)).toBe(canonicalHash(strange));
  });

  it('asks only for what the server declares', async () => {
    const upstream = await started(startMisbehaving('repeated-cursor'));
    await probe(http(upstream.url), options());
    expect(upstream.requests.filter((request) => request.includes('/list'))).toEqual([
      'POST tools/list',
      'POST tools/list',
    ]);
  });

  it.each<[MisbehaviourName, number, RegExp[]]>([
    ['repeated-cursor', 2, [/tools\/list: the server gave a cursor that it had given before/]],
    ['many-tools', 10_000, [/more than 10000 items; the rest is left out/]],
    ['no-such-method', 0, [/tools\/list: declared, but the server has no such method/]],
    [
      'bad-definitions',
      1,
      [
        /"nul\\u0000name" was skipped: it has a NUL/,
        /"surrogate\\ud800" was skipped: it has a NUL character or half a surrogate/,
        /"nul_inside" was skipped/,
        /"giant" was skipped: it has \d+ bytes, more than the 262144/,
        /"n+…" was skipped: it has a name of more than 512 characters/,
        /"deep" was skipped: it is nested deeper than 128 levels/,
        /an item without a name was skipped: it has no name/,
        /"schemaless" was skipped: it has no inputSchema/,
        /an item without a name was skipped: it is not an object/,
        /"good" was skipped: it is listed twice/,
      ],
    ],
  ])('%s leaves %i tools and says what was wrong', async (name, count, problems) => {
    const upstream = await started(startMisbehaving(name));
    const result = await probe(http(upstream.url), options());
    expect(result.tools).toHaveLength(count);
    expect(result.problems).toHaveLength(problems.length);
    problems.forEach((problem, index) => expect(result.problems[index]).toMatch(problem));
  });

  it('stops after the last page that it may read', async () => {
    const upstream = await started(startMisbehaving('endless-pages'));
    const result = await probe(http(upstream.url), options({ limits: { pagesPerList: 20 } }));
    expect(result.tools).toHaveLength(20);
    expect(result.problems).toEqual(['tools/list has more than 20 pages; the rest is left out']);
  });

  it('refuses a server whose definitions are too much together', async () => {
    const upstream = await started(startMisbehaving('many-tools'));
    const failure = await failureOf(probe(http(upstream.url), options({ limits: { totalBytes: 10_000 } })));
    expect(failure).toMatchObject({ code: 'response_too_large' });
  });

  it('bounds the problems', async () => {
    const tools = Array.from({ length: 80 }, () => ({ ...ECHO_TOOL, name: 'x'.repeat(600) }));
    const upstream = await started(startLegacyStateless({ tools }));
    const { problems } = await probe(http(upstream.url), options());
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('and 30 more');
    expect(Math.max(...problems.map((problem) => problem.length))).toBeLessThanOrEqual(300);
  });
});

describe('probe: servers that are none', () => {
  it.each<[MisbehaviourName, string, RegExp]>([
    ['html', 'not_mcp', /neither JSON nor an event stream/],
    ['not-found', 'not_mcp', /HTTP 404/],
    ['wrong-content-type', 'not_mcp', /neither JSON nor an event stream/],
    ['invalid-json', 'not_mcp', /not answered with JSON-RPC/],
    ['invalid-rpc', 'not_mcp', /not answered with JSON-RPC/],
    ['invalid-event', 'not_mcp', /not answered with JSON-RPC/],
    ['wrong-id', 'not_mcp', /without a reply/],
    ['accepted', 'not_mcp', /without a reply/],
    ['hang', 'timeout', /within 800 ms/],
    ['hang-after-headers', 'timeout', /within 800 ms/],
    ['slow-endless-stream', 'timeout', /within 800 ms/],
    ['tools-hang', 'timeout', /within 800 ms/],
    ['endless-stream', 'response_too_large', /more than 1048576 bytes/],
    ['huge-body', 'response_too_large', /more than 1048576 bytes/],
    ['closes-half-way', 'connection_lost', /closed the connection/],
    ['closes-at-once', 'connection_lost', /closed the connection/],
    ['ends-stream-early', 'connection_lost', /before the reply/],
    ['status-500', 'server_error', /HTTP 500/],
    ['status-401', 'unauthorized', /credentials/],
    ['status-403', 'unauthorized', /refuses access/],
    ['redirect', 'redirected', /not followed/],
    ['unknown-version', 'unsupported_version', /"2023-01-01"/],
    ['tools-fail', 'protocol_error', /tools\/list was answered with error -32603: out of order/],
    ['tools-without-list', 'protocol_error', /tools\/list was answered without tools/],
  ])('%s is %s', async (name, code, message) => {
    const upstream = await started(startMisbehaving(name));
    const deadlineMs = code === 'timeout' ? 800 : 10_000;
    const limits = { responseBytes: 1024 * 1024 };
    const failure = await failureOf(probe(http(upstream.url), options({ deadlineMs, limits })));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    await expect.poll(() => upstream.connections().then((count) => count <= 2)).toBe(true);
  });

  it.each<[MisbehaviourName, string]>([
    ['html', 'not_mcp'],
    ['not-found', 'not_mcp'],
    ['hang', 'timeout'],
    ['slow-endless-stream', 'timeout'],
    ['endless-stream', 'response_too_large'],
    ['closes-at-once', 'connection_lost'],
    ['ends-stream-early', 'connection_lost'],
    ['status-401', 'unauthorized'],
    ['redirect', 'redirected'],
  ])('%s at the stream of an sse server is %s', async (name, code) => {
    const upstream = await started(startMisbehaving(name, { onGet: true }));
    const deadlineMs = code === 'timeout' ? 800 : 10_000;
    const failure = await failureOf(probe(sse(upstream.url), options({ deadlineMs })));
    expect(failure).toMatchObject({ code });
    expect(upstream.requests).toEqual(['GET']);
  });

  it('a port where nothing listens', async () => {
    const upstream = await started(startMisbehaving('html'));
    await upstream.close();
    const failure = await failureOf(probe(http(upstream.url), options()));
    expect(failure).toMatchObject({ code: 'connect_failed', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('keeps credentials out of messages, also when the server writes them', async () => {
    const upstream = await started(startMisbehaving('echoes-secrets'));
    const secret = 'a-token-that-nobody-may-read';
    const target = http(upstream.url, { authorization: `Bearer ${secret}` });
    const failure = await failureOf(probe(target, options()));
    expect(failure.message).toContain('***');
    expect(failure.message).not.toContain(secret.slice(0, 8));
    expect(failure.message.length).toBeLessThanOrEqual(500);
  });

  it.each([
    ['egress.denied', 'egress_denied'],
    ['egress.unresolvable', 'unresolvable'],
    ['egress.redirect', 'redirected'],
  ])('%s of the checked fetch is %s, with its words', async (code, probeCode) => {
    const refusal = new AppError('unprocessable', code, 'The rule "link-local" refuses 169.254.169.254');
    const wrapped: typeof fetch = () => Promise.reject(new TypeError('fetch failed', { cause: refusal }));
    for (const target of [http('http://169.254.169.254/mcp'), sse('http://169.254.169.254/sse')]) {
      const failure = await failureOf(probe(target, options({ fetch: wrapped })));
      expect(failure).toMatchObject({ code: probeCode, message: refusal.message, cause: refusal });
    }
  });

  it('ends when the caller gives up', async () => {
    const upstream = await started(startMisbehaving('hang'));
    const caller = new AbortController();
    const failure = failureOf(probe(http(upstream.url), options({ signal: caller.signal })));
    await expect.poll(() => upstream.requests.length).toBe(2);
    caller.abort();
    expect(await failure).toMatchObject({ code: 'aborted' });
    expect(await failureOf(probe(http(upstream.url), options({ signal: caller.signal })))).toMatchObject({
      code: 'aborted',
    });
  });
});

describe('the real server-everything', () => {
  it.each([
    ['streamable-http', 'streamableHttp'],
    ['sse', 'sse'],
  ] as const)('%s', async (transportType, start) => {
    const upstream = await started(startEverything(start));
    const target = { url: upstream.url, transportType };
    const result = await probe(target, options());
    expect(names(result.tools)).toContain('echo');
    expect(result.resources.length).toBeGreaterThan(0);
    expect(result.resourceTemplates.length).toBeGreaterThan(0);
    expect(result.prompts.length).toBeGreaterThan(0);
    expect(result.eras.legacy).toHaveLength(1);
    expect(result.problems).toEqual([]);
    const check = await checkHealth({ ...target, eras: result.eras }, options());
    expect(check.fingerprint).toBe(result.fingerprint);
    await upstream.close();
    expect(await failureOf(checkHealth({ ...target, eras: result.eras }, options()))).toMatchObject({
      code: 'connect_failed',
    });
  });
});
