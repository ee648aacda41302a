import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemScope, tenantScope } from '../../src/kernel/scope.js';
import { uuidv7 } from '../../src/kernel/uuid.js';
import type { Found, Position } from '../../src/modules/discovery/found.js';
import { names, TestDiscovery, tool } from '../support/discovery.js';

const ACME = tenantScope('acme');
const OTHER = tenantScope('other');
const limit = 20;

let fixture: TestDiscovery;

beforeAll(async () => {
  fixture = await TestDiscovery.open();
});

afterAll(() => fixture.close());

beforeEach(() => fixture.clear());

/** The names on each page, one after the other. */
async function pages(
  list: (after: Position | undefined) => Promise<Found<{ readonly name: string }>>,
): Promise<string[][]> {
  const all: string[][] = [];
  let after: Position | undefined;
  do {
    const page = await list(after);
    all.push(names(page));
    after = page.next ?? undefined;
  } while (after && all.length < 20);
  return all;
}

describe('tools by exact names', () => {
  beforeEach(async () => {
    await fixture.server('acme', 'both', tool('a'), tool('b'), tool('c'));
    await fixture.server('acme', 'only-a', tool('a'));
    await fixture.server('other', 'foreign', tool('a'), tool('b'));
  });

  it.each<[string[], 'all' | 'any' | undefined, string[]]>([
    [['a', 'b'], undefined, ['both a', 'both b']],
    [['a', 'b'], 'all', ['both a', 'both b']],
    [['a', 'a'], 'all', ['both a', 'only-a a']],
    [['b', 'a'], 'any', ['both a', 'only-a a', 'both b']],
    [['a', 'nobody'], 'all', []],
    [['nobody'], 'any', []],
    [[`a'; --`, 'a\0'], 'any', []],
  ])('%j %s', async (wanted, match, expected) => {
    const { items } = await fixture.discovery.tools(ACME, { names: wanted, match, limit });
    expect(items.map((item) => `${item.server.name} ${item.name}`)).toEqual(expected);
  });

  it('goes on where a page ended', async () => {
    expect(
      await pages((after) => fixture.discovery.tools(ACME, { names: ['a', 'b'], match: 'any', limit: 2, after })),
    ).toEqual([['a', 'a'], ['b']]);
  });
});

describe('tools in the order of names', () => {
  it('pages through the own and the shared together', async () => {
    await fixture.server('acme', 'one', tool('b'), tool('d'), tool('same'));
    await fixture.server('acme', 'two', tool('e'), tool('same'));
    await fixture.share(await fixture.server('other', 'shared', tool('a'), tool('c'), tool('same')), true, 'other');
    await fixture.server('other', 'foreign', tool('x'));

    const all = await pages((after) => fixture.discovery.tools(ACME, { limit: 3, after }));
    expect(all).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'same'],
      ['same', 'same'],
    ]);
    expect(names(await fixture.discovery.tools(systemScope, { limit }))).toHaveLength(9);
  });
});

describe('resources and prompts', () => {
  beforeEach(async () => {
    const id = await fixture.server('acme', 'docs');
    const columns = '(id, tenant_id, server_id, extra, definition_hash, server_active';
    await fixture.database.query(
      `INSERT INTO server_resources ${columns}, uri, uri_template, resource_name, resource_type, description)
       VALUES ($1, 'acme', $4, '{}', '', true, 'file:///handbook', NULL, 'employeeHandbook', 'text/markdown', 'Rules at work'),
              ($2, 'acme', $4, '{}', '', true, NULL, 'file:///photo/{n}', 'photo', 'image/png', 'Pictures of the office'),
              ($3, 'acme', $4, '{}', '', false, 'file:///old', NULL, 'old', 'image/png', 'An old picture')`,
      [uuidv7(), uuidv7(), uuidv7(), id],
    );
    await fixture.database.query(
      `INSERT INTO server_prompts ${columns}, prompt_name, description, arguments)
       VALUES ($1, 'acme', $3, '{}', '', true, 'review_contract', 'Reads a contract for risks', '[]'),
              ($2, 'acme', $3, '{}', '', true, 'greet', 'Says hello', NULL)`,
      [uuidv7(), uuidv7(), id],
    );
  });

  it.each([
    ['in the order of names', {}, ['employeeHandbook', 'photo']],
    ['inactive ones too', { includeInactive: true }, ['employeeHandbook', 'old', 'photo']],
    ['of one type', { type: 'image/png' }, ['photo']],
    ['of a type that nobody has', { type: `x'\0` }, []],
    ['by name', { names: ['photo'] }, ['photo']],
    ['by URI', { names: ['file:///handbook'] }, ['employeeHandbook']],
    ['by template, one of them', { names: ['file:///photo/{n}', 'file:///none'], match: 'any' }, ['photo']],
    ['by name and type', { names: ['photo'], type: 'text/plain' }, []],
    ['by a word of the name', { text: 'handbook' }, ['employeeHandbook']],
    ['by a synonym in the description', { text: 'photograph' }, ['photo']],
    ['by text and type', { text: 'pictures of work', type: 'image/png' }, ['photo']],
  ] as const)('resources %s', async (_what, query, expected) => {
    expect(names(await fixture.discovery.resources(ACME, { ...query, limit }))).toEqual(expected);
    expect(names(await fixture.discovery.resources(OTHER, { ...query, limit }))).toEqual([]);
  });

  it.each([
    ['in the order of names', {}, ['greet', 'review_contract']],
    ['by name', { names: ['greet'] }, ['greet']],
    ['by text', { text: 'what is risky in this agreement' }, ['review_contract']],
  ] as const)('prompts %s', async (_what, query, expected) => {
    const found = await fixture.discovery.prompts(ACME, { ...query, limit });
    expect(names(found)).toEqual(expected);
    expect(found.servers.map(({ name }) => name)).toEqual(['docs']);
    expect(names(await fixture.discovery.prompts(OTHER, { ...query, limit }))).toEqual([]);
  });
});

describe('servers', () => {
  beforeEach(async () => {
    const weather = await fixture.server('acme', 'weather-service');
    await fixture.database.query(
      `UPDATE mcp_servers SET description = 'Forecasts for every city', capabilities = '{"tools":{},"prompts":{}}' WHERE id = $1`,
      [weather],
    );
    await fixture.server('acme', 'Files');
    const down = await fixture.server('acme', 'down');
    await fixture.database.query(`UPDATE mcp_servers SET status = 'unhealthy' WHERE id = $1`, [down]);
  });

  it.each([
    ['in the order of names', {}, ['Files', 'weather-service']],
    ['inactive ones too', { includeInactive: true }, ['Files', 'down', 'weather-service']],
    ['with capabilities', { capabilities: ['prompts', 'tools'] }, ['weather-service']],
    ['by text', { text: 'will it rain in the city' }, ['weather-service']],
    ['by a misspelt word', { text: 'wether' }, ['weather-service']],
    ['by text and capability', { text: 'files', capabilities: ['prompts'] }, []],
  ] as const)('%s', async (_what, query, expected) => {
    expect(names(await fixture.discovery.servers(ACME, { ...query, limit }))).toEqual(expected);
  });

  it('pages', async () => {
    expect(await pages((after) => fixture.discovery.servers(ACME, { includeInactive: true, limit: 2, after }))).toEqual(
      [['Files', 'down'], ['weather-service']],
    );
  });
});
