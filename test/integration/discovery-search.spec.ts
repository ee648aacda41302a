import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemScope, tenantScope } from '../../src/kernel/scope.js';
import { searchDocument } from '../../src/modules/servers/search/search-document.js';
import { indexTools } from '../../src/modules/servers/search/search-index.js';
import { inputSchema, names, TestDiscovery, tool } from '../support/discovery.js';

const ACME = tenantScope('acme');
const OTHER = tenantScope('other');
const limit = 20;

let fixture: TestDiscovery;

beforeAll(async () => {
  fixture = await TestDiscovery.open();
});

afterAll(() => fixture.close());

beforeEach(() => fixture.clear());

describe('tools by free text', () => {
  it('ranks by the words of a sentence, with synonyms, and says which servers', async () => {
    const files = await fixture.server(
      'acme',
      'files',
      tool('create_directory', 'Create a directory'),
      tool('read_file', 'Read'),
    );
    await fixture.server('acme', 'weather', tool('get_forecast', 'Weather of the coming days'));
    await fixture.terms.refresh();

    const found = await fixture.discovery.tools(ACME, { text: 'please make a new folder', limit });
    expect(found.items[0]).toMatchObject({
      name: 'create_directory',
      server: { id: files, name: 'files', status: 'healthy' },
    });
    expect(found.items[0]?.score).toBeGreaterThan(0);
    expect(found.items.map(({ score }) => score)).toEqual(
      found.items.map(({ score }) => score ?? 0).sort((a, b) => b - a),
    );
    expect(found.servers.map(({ name }) => name)).toEqual(['files']);
    expect(found.next).toBeNull();
  });

  it('finds the same before anybody has counted words', async () => {
    await fixture.server('acme', 'weather', tool('get_forecast', 'Weather of the coming days'));
    expect(names(await fixture.discovery.tools(ACME, { text: 'weather tomorrow', limit }))).toEqual(['get_forecast']);
  });

  it('finds misspelt words by their trigrams', async () => {
    await fixture.server('acme', 'weather', tool('get_weather_forecast'), tool('list_stations'));
    await fixture.terms.refresh();
    expect(names(await fixture.discovery.tools(ACME, { text: 'wether forcast', limit }))).toEqual([
      'get_weather_forecast',
    ]);
  });

  it('shows the own and the shared, and nothing else', async () => {
    await fixture.server('acme', 'own', tool('own_weather'));
    await fixture.server('other', 'foreign', tool('foreign_weather'));
    const shared = await fixture.server('other', 'shared', tool('shared_weather'));
    await fixture.share(shared, true, 'other');
    const text = 'weather';

    expect(names(await fixture.discovery.tools(ACME, { text, limit })).sort()).toEqual([
      'own_weather',
      'shared_weather',
    ]);
    expect(names(await fixture.discovery.tools(OTHER, { text, limit })).sort()).toEqual([
      'foreign_weather',
      'shared_weather',
    ]);
    expect(names(await fixture.discovery.tools(systemScope, { text, limit }))).toHaveLength(3);

    await fixture.share(shared, false, 'other');
    expect(names(await fixture.discovery.tools(ACME, { text, limit }))).toEqual(['own_weather']);
  });

  it('leaves out inactive servers unless they are asked for, and versions that are not the latest always', async () => {
    const down = await fixture.server('acme', 'down', tool('down_weather'));
    const old = await fixture.server('acme', 'old', tool('old_weather'));
    await fixture.database.query('UPDATE server_tools SET server_active = false WHERE server_id = $1', [down]);
    await fixture.database.query('UPDATE mcp_servers SET is_latest = false WHERE id = $1', [old]);

    expect(names(await fixture.discovery.tools(ACME, { text: 'weather', limit }))).toEqual([]);
    expect(names(await fixture.discovery.tools(ACME, { text: 'weather', limit, includeInactive: true }))).toEqual([
      'down_weather',
    ]);
  });

  it('asks in several steps when the catalogue is large', async () => {
    await fixture.server(
      'acme',
      'travel',
      tool('get_weather', 'Weather of a city'),
      tool('get_city', 'Facts about a city'),
      tool('get_weather_station', 'A station'),
    );
    await fixture.database.query(
      `INSERT INTO search_terms (word, documents)
       VALUES ('', 1000000), ('get', 600000), ('weather', 10000), ('citi', 30000)`,
    );
    expect(
      names(await fixture.discovery.tools(ACME, { text: 'get the weather for the city of Zagreb', limit }))[0],
    ).toBe('get_weather');
  });

  it('does not let copies of one tool hide the others', async () => {
    for (let i = 0; i < 30; i += 1)
      await fixture.server('acme', `copy-${String(i)}`, tool('get_weather', 'Weather of a city'));
    await fixture.server(
      'acme',
      'history',
      tool('get_weather_history', 'Weather of a city in the past, for a longer description'),
    );
    expect(names(await fixture.discovery.tools(ACME, { text: 'weather city', limit }))).toContain(
      'get_weather_history',
    );
  });

  it.each([
    ['quotes', `'; DROP TABLE mcp_servers; --`],
    ['query operators', `a & b | !c <-> 'd':*A \\`],
    ['NUL', 'weather\0forecast'],
    ['a lone surrogate', '\uD800 weather'],
    ['a million characters', 'weather '.repeat(125_000)],
    ['no words', '?!  '],
    ['nothing', ''],
  ])('takes %s', async (_what, text) => {
    await fixture.server('acme', 'weather', tool('get_weather'));
    const found = await fixture.discovery.tools(ACME, { text, limit });
    expect(names(found).every((name) => name === 'get_weather')).toBe(true);
    for (const list of ['resources', 'prompts', 'servers'] as const)
      await fixture.discovery[list](ACME, { text, limit });
  });
});

describe('the index', () => {
  it('replaces the document of a changed tool and forgets a removed one', async () => {
    const id = await fixture.server('acme', 's', tool('alpha'), tool('beta'));
    const [row] = await fixture.database.query<{ id: string }>(`SELECT id FROM server_tools WHERE tool_name = 'alpha'`);
    const document = searchDocument({ toolName: 'gamma', inputSchema, server: { name: 's' } });
    await fixture.database.transaction('test.index', (manager) =>
      indexTools(manager, [{ toolId: row!.id, tenantId: 'acme', audience: 'acme', document }]),
    );
    expect(names(await fixture.discovery.tools(ACME, { text: 'gamma', limit }))).toEqual(['alpha']);
    await fixture.database.query('DELETE FROM server_tools WHERE server_id = $1', [id]);
    expect(await fixture.database.query('SELECT FROM tool_search')).toEqual([]);
  });

  it('takes the largest and the strangest document', async () => {
    await fixture.server('acme', 's', tool('alpha'));
    const [row] = await fixture.database.query<{ id: string }>('SELECT id FROM server_tools');
    const words = Array.from({ length: 60_000 }, (_, i) => `w${i.toString(36)}é热门`).join(' ');
    const description = `${words} \0 \uD800 'x':1A`;
    const document = searchDocument({ toolName: 'a_B\0'.repeat(300), description, inputSchema, server: { name: 's' } });
    await fixture.database.transaction('test.index', (manager) =>
      indexTools(manager, [{ toolId: row!.id, tenantId: 'acme', audience: 'acme', document }]),
    );
    expect(names(await fixture.discovery.tools(ACME, { text: '热门', limit }))).toEqual(['alpha']);
  });
});

async function stored(): Promise<Record<string, number>> {
  const rows = await fixture.database.query<{ word: string; documents: number }>(
    'SELECT word, documents FROM search_terms',
  );
  return Object.fromEntries(rows.map(({ word, documents }) => [word, documents]));
}

describe('word frequencies', () => {
  it('are counted, changed and forgotten', async () => {
    const id = await fixture.server('acme', 's', tool('read_file'), tool('write_file'));
    expect(await fixture.terms.refresh()).toBe(true);
    expect(await stored()).toMatchObject({ '': 2, file: 2, read: 1 });
    await fixture.database.query(`DELETE FROM server_tools WHERE server_id = $1 AND tool_name = 'read_file'`, [id]);
    await fixture.terms.refresh();
    expect(await stored()).toMatchObject({ '': 1, file: 1 });
    expect(await stored()).not.toHaveProperty('read');
  });

  it('are counted by one replica at a time', async () => {
    await fixture.database.transaction('test.lock', async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(7304118205)');
      expect(await fixture.terms.refresh()).toBe(false);
    });
    expect(await fixture.terms.refresh()).toBe(true);
  });
});
