import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { EntityManager } from 'typeorm';
import { messageOf } from '../kernel/app-error.js';
import { Clock } from '../kernel/clock.js';
import type { CatalogueChangeKind, ChangeKind } from './catalogue-change.entity.js';
import { ChangeHint } from './change-hint.js';
import { DatabaseAccess } from './database-access.js';

export interface CatalogueChangeRecord {
  readonly tenantId: string;
  readonly serverId: string;
  readonly kind: CatalogueChangeKind;
}

/** A change of who is let in. */
export interface AccessChangeRecord {
  readonly tenantId: string;
  /** Of the key. */
  readonly serverId: string;
  readonly kind: 'access';
}

/** What a transaction tells the replicas. */
export type Change = CatalogueChangeRecord | AccessChangeRecord;

export interface AccessListener {
  /** Ids of keys that changed, at least once. */
  onAccessChanged(ids: readonly string[]): Promise<void> | void;
  onReset(): Promise<void> | void;
}

export interface ChangeListener {
  /** Changes in commit order, at least once. */
  onChanges(changes: readonly CatalogueChangeRecord[]): Promise<void> | void;
  /** More was missed than is kept: load everything anew. */
  onReset(): Promise<void> | void;
}

interface ChangeRow {
  readonly id: string;
  readonly tenantId: string;
  readonly serverId: string;
  readonly kind: ChangeKind;
  readonly changedAt: Date;
}

/** Any constant: makes ids of the feed follow the order of commits. */
const FEED_LOCK = 7_304_118_202;
const CHANNEL = 'catalogue_changes';
const BATCH = 1000;
const POLL_MS = 5000;
const PRUNE_MS = 600_000;
const KEPT_MS = 24 * 3_600_000;

/**
 * The change feed of what routing and discovery can see (ADR 0004). A writer records its changes as
 * the last statement of its transaction, under one lock, so that `id > last` misses none. NOTIFY is
 * only the hint that there is something to read; a poll covers a lost connection.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  readonly #log = new Logger(ChangeFeed.name);
  readonly #listeners: ChangeListener[] = [];
  readonly #accessListeners: AccessListener[] = [];
  readonly #hint: ChangeHint;
  #position: bigint | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #lagMs = 0;

  constructor(
    private readonly database: DatabaseAccess,
    private readonly clock: Clock,
  ) {
    this.#hint = new ChangeHint(database.urls.url, CHANNEL, () => {
      this.wake();
    });
  }

  listen(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Hears of changes of access, and of nothing else. */
  listenToAccess(listener: AccessListener): void {
    this.#accessListeners.push(listener);
  }

  /** Milliseconds between a change and its arrival here, for the latest one. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** Begins to follow from the feed's end. Call before the listeners load what they watch. */
  async start(): Promise<void> {
    this.#position = await this.#end();
    this.#hint.start();
  }

  /**
   * Runs `work` in one transaction, records what it pushed to `changes` and, after the commit, brings
   * this replica up to date before it returns. What is committed has happened: when the feed cannot be
   * read just then, the poll catches up.
   */
  async write<T>(name: string, work: (manager: EntityManager, changes: Change[]) => Promise<T>): Promise<T> {
    const changes: Change[] = [];
    const result = await this.database.transaction(name, async (manager) => {
      const done = await work(manager, changes);
      if (changes.length > 0) await this.#record(manager, changes);
      return done;
    });
    if (changes.length > 0) await this.catchUp().catch(this.#unread);
    return result;
  }

  /** Reads what is new and tells the listeners. Returns when everything committed before the call was told. */
  async catchUp(): Promise<void> {
    if (this.#position === undefined) return;
    // A read that is under way may have begun before the caller's commit: one more follows it.
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#readUntilQuiet();
    return this.#reading;
  }

  wake(): void {
    void this.catchUp().catch(this.#unread);
  }

  @Interval('change-feed-poll', POLL_MS)
  poll(): void {
    if (this.database.isOpen) this.wake();
  }

  @Interval('change-feed-prune', PRUNE_MS)
  async prune(): Promise<void> {
    if (!this.database.isOpen) return;
    try {
      // The last one stays: whoever has read it knows by it that nothing was missed.
      await this.database.query(
        `/* changes.prune */ DELETE FROM catalogue_changes
         WHERE changed_at < $1 AND id < (SELECT max(id) FROM catalogue_changes)`,
        [new Date(this.clock.nowMs() - KEPT_MS)],
      );
    } catch (error) {
      this.#log.warn(`Old changes could not be pruned: ${messageOf(error)}; trying again in 10 minutes`);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#hint.stop();
  }

  readonly #unread = (error: unknown): void => {
    this.#log.warn(`The change feed could not be read: ${messageOf(error)}; trying again within 5 s`);
  };

  async #record(manager: EntityManager, changes: readonly Change[]): Promise<void> {
    await manager.query('/* changes.lock */ SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
    await manager.query(
      `/* changes.record */ INSERT INTO catalogue_changes (tenant_id, server_id, kind, changed_at)
       SELECT tenant_id, server_id, kind, $4 FROM unnest($1::text[], $2::uuid[], $3::text[]) AS c(tenant_id, server_id, kind)`,
      [
        changes.map((change) => change.tenantId),
        changes.map((change) => change.serverId),
        changes.map((change) => change.kind),
        this.clock.now(),
      ],
    );
    await manager.query(`SELECT pg_notify('${CHANNEL}', '')`);
  }

  async #readUntilQuiet(): Promise<void> {
    try {
      do {
        this.#again = false;
        while ((await this.#readBatch()) === BATCH);
      } while (this.#again);
    } finally {
      // In the same turn as the last look at `#again`: whoever comes later reads anew.
      this.#reading = undefined;
    }
  }

  async #readBatch(): Promise<number> {
    const position = this.#position ?? 0n;
    const rows = await this.database.query<ChangeRow>(
      `/* changes.read */ SELECT id, tenant_id AS "tenantId", server_id AS "serverId", kind, changed_at AS "changedAt"
       FROM catalogue_changes WHERE id >= $1 ORDER BY id LIMIT $2`,
      [position.toString(), BATCH + 1],
    );
    // The row at our own position is the proof that nothing between was pruned.
    const complete = position === 0n || rows[0]?.id === position.toString();
    if (!complete && rows.length === 0 && (await this.#end()) <= position) return 0;
    if (!complete) return this.#reset();
    const fresh = rows.filter((row) => BigInt(row.id) > position).slice(0, BATCH);
    const last = fresh.at(-1);
    if (!last) return 0;
    await this.#tell(fresh);
    this.#position = BigInt(last.id);
    this.#lagMs = Math.max(0, this.clock.nowMs() - last.changedAt.getTime());
    return fresh.length;
  }

  async #tell(rows: readonly ChangeRow[]): Promise<void> {
    const catalogue: CatalogueChangeRecord[] = [];
    const access: string[] = [];
    for (const { tenantId, serverId, kind } of rows) {
      if (kind === 'access') access.push(serverId);
      else catalogue.push({ tenantId, serverId, kind });
    }
    // First who is let in: a listener of the catalogue may fail, and is told again.
    if (access.length > 0) for (const listener of this.#accessListeners) await listener.onAccessChanged(access);
    if (catalogue.length > 0) for (const listener of this.#listeners) await listener.onChanges(catalogue);
  }

  async #reset(): Promise<number> {
    const end = await this.#end();
    for (const listener of [...this.#accessListeners, ...this.#listeners]) await listener.onReset();
    this.#position = end;
    return 0;
  }

  async #end(): Promise<bigint> {
    const [row] = await this.database.query<{ id: string }>(
      `/* changes.end */ SELECT coalesce(max(id), 0) AS id FROM catalogue_changes`,
    );
    return BigInt(row?.id ?? 0);
  }
}
