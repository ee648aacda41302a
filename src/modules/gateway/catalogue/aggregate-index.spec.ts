import { describe, expect, it } from 'vitest';
import { buildAggregate } from './aggregate-index.js';
import type { RoutedServer } from './routed-server.js';
import { namesOf } from './server-names.js';

function server(alias: string): RoutedServer {
  return { id: `id-${alias}`, alias, name: alias, status: 'healthy' } as RoutedServer;
}

const [a, b] = [server('a'), server('b')];
const names = new Map([
  [
    a.id,
    namesOf([
      { kind: 'tool', name: 'z' },
      { kind: 'tool', name: 'y' },
      { kind: 'resource', name: 'test://one' },
      { kind: 'template', name: 'test://{id}' },
    ]),
  ],
  [
    b.id,
    namesOf([
      { kind: 'tool', name: 'z' },
      { kind: 'prompt', name: 'ask me' },
      { kind: 'resource', name: 'test://one' },
      { kind: 'template', name: 'test://{id}' },
    ]),
  ],
]);

describe('buildAggregate', () => {
  const index = buildAggregate([a, b, server('c')], names);

  it('lists by alias, then by name', () => {
    expect(index.lists.tools.map(({ exposed }) => exposed)).toEqual(['a__y', 'a__z', 'b__z']);
  });

  it('finds by exposed names what servers call their own', () => {
    expect(index.tools.get('b__z')).toMatchObject({ server: b, name: 'z' });
    expect([...index.prompts]).toEqual([
      [expect.stringMatching(/^b__ask_me_[0-9a-f]{8}$/), expect.objectContaining({ name: 'ask me' })],
    ]);
  });

  it('leaves a URI to the first server that has it, and mounts the others', () => {
    expect(index.lists.resources.map(({ exposed }) => exposed)).toEqual(['test://one', 'mrg://b/test%3A%2F%2Fone']);
    expect(index.lists.resourceTemplates.map(({ exposed }) => exposed)).toEqual([
      'test://{id}',
      'mrg://b/test%3A%2F%2F{id}',
    ]);
    expect(index.resources.get('mrg://b/test%3A%2F%2Fone')).toMatchObject({ server: b, name: 'test://one' });
    expect(index.templates.map(({ server: { alias } }) => alias)).toEqual(['a', 'b']);
  });

  it('costs memory by what is in it', () => {
    expect(index.bytes).toBeGreaterThan(buildAggregate([a], names).bytes);
  });
});
