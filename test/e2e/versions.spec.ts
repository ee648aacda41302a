import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { allPages, expectProblem, register, SERVERS, uniqueName } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

let app: TestApp;
let sql: Sql;
let upstream: SwitchableUpstream;

beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp(), startSwitchable()]);
  sql = new Sql(app.urls.ownerUrl);
});
afterAll(async () => {
  await sql.close();
  await Promise.all([app.close(), upstream.close()]);
});

const quietly = (given: Record<string, unknown>) =>
  register(app, { endpointUrl: upstream.url, autoDiscover: false, ...given });
const attempt = (given: Record<string, unknown>) =>
  app.request('POST', SERVERS, { endpointUrl: upstream.url, autoDiscover: false, ...given });

async function latestOf(name: string): Promise<string[]> {
  const servers = await allPages(app, `${SERVERS}?q=${name}`);
  return servers.filter((server) => server.isLatest && server.name === name).map((server) => server.version);
}

describe('versions', () => {
  it('the latest one follows from their order, not from when they came', async () => {
    const name = uniqueName('ordered');
    const latest: string[] = [];
    for (const version of ['1.0.0', '1.0.0-rc.1', '2.0.0-alpha', '1.10.0', '2.0.0', '2.0.0+build', 'not-semantic']) {
      await quietly({ name, version });
      latest.push(...(await latestOf(name)));
    }
    const expected = ['1.0.0', '1.0.0', '2.0.0-alpha', '2.0.0-alpha', '2.0.0', '2.0.0+build', '2.0.0+build'];
    expect(latest).toEqual(expected);
  });

  it('deleting the latest one makes the one before it the latest', async () => {
    const name = uniqueName('shrinking');
    const ids = [];
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) ids.push((await quietly({ name, version })).id);
    const latest: string[][] = [];
    for (const id of [ids[2], ids[0], ids[1]]) {
      await app.request('DELETE', `${SERVERS}/${id}`);
      latest.push(await latestOf(name));
    }
    expect(latest).toEqual([['2.0.0'], ['2.0.0'], []]);
    expect(await quietly({ name, version: '0.1.0' })).toMatchObject({ isLatest: true });
  });

  it('only the tools of the latest one are searched', async () => {
    const name = uniqueName('searched');
    const audiences = async (): Promise<object[]> =>
      sql.rows(
        `SELECT s.version, bool_and(d.audience <> '') AS found FROM tool_search d JOIN server_tools t ON t.id = d.tool_id
         JOIN mcp_servers s ON s.id = t.server_id WHERE s.name = $1 GROUP BY s.version ORDER BY s.version`,
        [name],
      );
    await register(app, { name, endpointUrl: upstream.url });
    const second = await register(app, { name, version: '2.0.0', endpointUrl: upstream.url });
    expect(await audiences()).toEqual([
      { version: '1.0.0', found: false },
      { version: '2.0.0', found: true },
    ]);
    await app.request('DELETE', `${SERVERS}/${second.id}`);
    expect(await audiences()).toEqual([{ version: '1.0.0', found: true }]);
  });

  it.each([
    ['the same version', { version: '1.0.0' }],
    ['the same name in other letters', { name: (name: string) => name.toUpperCase() }],
  ])(
    '%s is a duplicate, and names the entry',
    async (_what, given: { version?: string; name?: (name: string) => string }) => {
      const name = uniqueName('twice');
      const { id } = await quietly({ name });
      const again = await attempt({ ...given, name: given.name?.(name) ?? name });
      expectProblem(again, 409, 'servers.already_registered');
      expect(again.body.data).toEqual({ id });
    },
  );
});

describe('aliases', () => {
  it.each([
    ['Some.Server_Name', 'some-server-name'],
    ['io.github.alias/Forecast', 'forecast'],
    ['io.github.another/Forecast', 'io-github-another-forecast'],
    [`x${'-long'.repeat(19)}`, 'x-long-long-long-long-long-long-long-lon'],
    ['9...', '9'],
  ])('of %s is %s', async (name, alias) => {
    expect(await quietly({ name })).toMatchObject({ alias });
  });

  it('is given, and belongs to all versions of the name', async () => {
    const name = uniqueName('given');
    expect(await quietly({ name, alias: 'chosen' })).toMatchObject({ alias: 'chosen' });
    expect(await quietly({ name, version: '2.0.0' })).toMatchObject({ alias: 'chosen' });
    expect(await quietly({ name, version: '3.0.0', alias: 'chosen' })).toMatchObject({ alias: 'chosen' });
    expectProblem(await attempt({ name, version: '4.0.0', alias: 'other' }), 409, 'servers.alias_fixed');
    expectProblem(await attempt({ name: uniqueName(), alias: 'chosen' }), 409, 'servers.alias_taken');
    expectProblem(await attempt({ name: uniqueName(), alias: 'Not Valid' }), 400, 'request.invalid');
  });

  it('is free again when the name is gone', async () => {
    const { id } = await quietly({ name: uniqueName(), alias: 'reused' });
    await app.request('DELETE', `${SERVERS}/${id}`);
    expect(await quietly({ name: uniqueName(), alias: 'reused' })).toMatchObject({ alias: 'reused' });
  });

  it('gets a number where all better ones are taken', async () => {
    await quietly({ name: 'numbered' });
    expect(await quietly({ name: 'numbered.' })).toMatchObject({ alias: 'numbered-2' });
    expect(await quietly({ name: 'numbered-' })).toMatchObject({ alias: 'numbered-3' });
  });
});
