import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestResponse } from '../support/app.js';
import { allPages, register, SERVERS, uniqueName } from '../support/registry.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

let replicas: readonly [TestApp, TestApp];
let upstream: SwitchableUpstream;

beforeAll(async () => {
  const [first, fixture] = await Promise.all([startTestApp(), startSwitchable()]);
  replicas = [first, await startTestApp({ urls: first.urls })];
  upstream = fixture;
});
afterAll(async () => {
  await replicas[1].close();
  await replicas[0].close();
  await upstream.close();
});

const AT_ONCE = 12;

/** So many at once, spread over both replicas. */
function atOnce(work: (app: TestApp, i: number) => Promise<TestResponse>): Promise<TestResponse[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, (_item, i) => work(replicas[i % 2] ?? replicas[0], i)));
}

const statuses = (responses: readonly TestResponse[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of responses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('at the same moment', () => {
  it('one of many equal registrations is made', async () => {
    const body = { name: uniqueName('raced'), endpointUrl: upstream.url, autoDiscover: false };
    const responses = await atOnce((app) => app.request('POST', SERVERS, body));
    expect(statuses(responses)).toEqual({ 201: 1, 409: AT_ONCE - 1 });
  });

  it('names that want the same alias each get one', async () => {
    const responses = await atOnce((app, i) =>
      app.request('POST', SERVERS, { name: `io.tenant-${i}.x/same`, endpointUrl: upstream.url, autoDiscover: false }),
    );
    expect(statuses(responses)).toEqual({ 201: AT_ONCE });
    expect(new Set(responses.map(({ body }) => body.alias)).size).toBe(AT_ONCE);
  });

  it('registering and deleting versions of one name leaves one latest', async () => {
    const name = uniqueName('churned');
    const body = { name, endpointUrl: upstream.url, autoDiscover: false };
    const ids: string[] = [];
    for (let i = 0; i < AT_ONCE / 2; i += 1)
      ids.push((await register(replicas[0], { ...body, version: `1.0.${i}` })).id);
    const responses = await atOnce((app, i) =>
      i % 2 === 0
        ? app.request('DELETE', `${SERVERS}/${ids[i / 2]}`)
        : app.request('POST', SERVERS, { ...body, version: `2.0.${i}` }),
    );
    expect(statuses(responses)).toEqual({ 201: AT_ONCE / 2, 204: AT_ONCE / 2 });
    const left = await allPages(replicas[0], `${SERVERS}?q=${name}`);
    expect(left.filter((server) => server.isLatest).map((server) => server.version)).toEqual(['2.0.11']);
  });

  it('one of many deletions succeeds', async () => {
    const { id } = await register(replicas[0], { endpointUrl: upstream.url });
    const responses = await atOnce((app) => app.request('DELETE', `${SERVERS}/${id}`));
    expect(statuses(responses)).toEqual({ 204: 1, 404: AT_ONCE - 1 });
  });

  it('probes, changes and sharing of one server do not wait for each other for ever', async () => {
    const name = uniqueName('busy');
    const versions: string[] = [];
    for (const version of ['1.0.0', '2.0.0']) {
      versions.push((await register(replicas[0], { name, version, endpointUrl: upstream.url })).id);
    }
    const responses = await atOnce((app, i) => {
      const path = `${SERVERS}/${versions[i % 2]}`;
      if (i % 3 === 0) return app.request('POST', `${path}/probe`);
      return app.request('PATCH', path, i % 3 === 1 ? { shared: i % 2 === 0 } : { title: `title ${i}` });
    });
    expect(statuses(responses)).toEqual({ 200: AT_ONCE });
  });
});
