import { SchedulerRegistry } from '@nestjs/schedule';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CatalogueChangeRecord, ChangeFeed } from '../../src/database/change-feed.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { register, SERVERS, uniqueName } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

let writer: TestApp;
let reader: TestApp;
let feed: ChangeFeed;
let upstream: SwitchableUpstream;
/** As the role of the service, which may end its own connections. */
let sql: Sql;
/** What the listener of the other replica heard. */
const heard: CatalogueChangeRecord[] = [];
let resets = 0;
let failing = false;

beforeAll(async () => {
  [writer, upstream] = await Promise.all([startTestApp(), startSwitchable()]);
  reader = await startTestApp({ urls: writer.urls });
  sql = new Sql(writer.urls.url);
  feed = reader.app.get(ChangeFeed);
  feed.listen({
    onChanges: (changes) => {
      if (failing) throw new Error('the listener fails');
      heard.push(...changes);
    },
    onReset: () => {
      resets += 1;
    },
  });
  // Polls are made by hand here, so that a test knows what brought a change.
  for (const app of [writer, reader]) app.app.get(SchedulerRegistry).deleteInterval('change-feed-poll');
});
beforeEach(() => {
  heard.length = 0;
  resets = 0;
  failing = false;
});
afterAll(async () => {
  await sql.close();
  await reader.close();
  await writer.close();
  await upstream.close();
});

const kindsOf = (id: string): string[] => heard.filter(({ serverId }) => serverId === id).map(({ kind }) => kind);

/** Connections of both replicas that wait for hints. */
const LISTENING = `FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%changes'`;

describe('the change feed', () => {
  it('tells every replica of each change, without a poll', async () => {
    const { id } = await register(writer, { endpointUrl: upstream.url });
    // The entry, and what its probe found: status, lists, and of the entry eras and capabilities.
    await eventually(() => expect(kindsOf(id)).toEqual(['server', 'health', 'children', 'server']));
    await writer.request('PATCH', `${SERVERS}/${id}`, { title: 'New' });
    await eventually(() => expect(kindsOf(id).at(-1)).toBe('server'));
    upstream.condition = 'down';
    await writer.request('POST', `${SERVERS}/${id}/probe`);
    await eventually(() => expect(kindsOf(id).at(-1)).toBe('health'));
    upstream.condition = 'up';
    await writer.request('DELETE', `${SERVERS}/${id}`);
    await eventually(() => expect(kindsOf(id).at(-1)).toBe('deleted'));
    expect(resets).toBe(0);
  });

  it('has told the replica that wrote before it answers', async () => {
    const own: string[] = [];
    writer.app.get(ChangeFeed).listen({
      onChanges: (changes) => void own.push(...changes.map(({ serverId }) => serverId)),
      onReset: () => undefined,
    });
    const { id } = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    expect(own).toContain(id);
  });

  it('misses none of many that come at once, and keeps their order', async () => {
    const work = Array.from({ length: 30 }, async (_item, i) => {
      const app = i % 2 === 0 ? writer : reader;
      const { id } = await register(app, { name: uniqueName(), endpointUrl: upstream.url, autoDiscover: false });
      await app.request('DELETE', `${SERVERS}/${id}`);
      return id;
    });
    const ids = await Promise.all(work);
    await eventually(() => {
      for (const id of ids) expect(kindsOf(id)).toEqual(['server', 'deleted']);
    });
    const rows = await sql.rows<{ server_id: string; kind: string }>(
      'SELECT server_id, kind FROM catalogue_changes WHERE server_id = ANY($1) ORDER BY catalogue_changes.id',
      [ids],
    );
    expect(heard.map(({ serverId, kind }) => `${serverId} ${kind}`)).toEqual(
      rows.map(({ server_id, kind }) => `${server_id} ${kind}`),
    );
  });

  it('is polled while the connection for hints is lost, which comes back', async () => {
    await sql.rows(`SELECT pg_terminate_backend(pid) ${LISTENING}`);
    const { id } = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    feed.poll();
    await eventually(() => expect(kindsOf(id)).toEqual(['server']));
    await eventually(async () => expect(await sql.rows(`SELECT pid ${LISTENING}`)).toHaveLength(2));
    const later = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    await eventually(() => expect(kindsOf(later.id)).toEqual(['server']));
    expect(resets).toBe(0);
  });

  it('says so when more was missed than is kept', async () => {
    await feed.catchUp();
    const owner = new Sql(writer.urls.ownerUrl);
    // Without a hint, as if the connection were lost; then all of it is pruned but the last.
    await owner.rows(
      `INSERT INTO catalogue_changes (tenant_id, server_id, kind, changed_at)
       SELECT 'local', gen_random_uuid(), 'server', now() FROM generate_series(1, 5)`,
    );
    await owner.rows('DELETE FROM catalogue_changes WHERE id < (SELECT max(id) FROM catalogue_changes)');
    await owner.close();
    heard.length = 0;
    feed.poll();
    await eventually(() => expect(resets).toBe(1));
    expect(heard).toEqual([]);
    const { id } = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    await eventually(() => expect(kindsOf(id)).toEqual(['server']));
    expect(resets).toBe(1);
  });

  it('keeps the last change when it prunes, so that a quiet day is no gap', async () => {
    const { id } = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    await eventually(() => expect(kindsOf(id)).toEqual(['server']));
    await sql.rows(`UPDATE catalogue_changes SET changed_at = changed_at - interval '25 hours'`);
    await feed.prune();
    expect(await sql.rows('SELECT server_id FROM catalogue_changes')).toEqual([{ server_id: id }]);
    const next = await register(writer, { endpointUrl: upstream.url, autoDiscover: false });
    await eventually(() => expect(kindsOf(next.id)).toEqual(['server']));
    expect(resets).toBe(0);
  });

  it('does not fail a write when a listener fails, and tells it again', async () => {
    failing = true;
    const { id } = await register(reader, { endpointUrl: upstream.url, autoDiscover: false });
    expect(kindsOf(id)).toEqual([]);
    failing = false;
    feed.poll();
    await eventually(() => expect(kindsOf(id)).toEqual(['server']));
  });
});
