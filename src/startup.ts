import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ChangeFeed } from './database/change-feed.js';
import { DatabaseAccess } from './database/database-access.js';
import { asAppError } from './database/database-errors.js';
import { migrate, pendingMigrations } from './database/migrator.js';
import { PartitionJob } from './database/partition-job.js';
import { messageOf } from './kernel/app-error.js';
import { Readiness } from './modules/monitoring/index.js';

const LONGEST_WAIT_MS = 10_000;

/**
 * From listening to ready: schema, connection, partitions, change feed, then what modules load. A
 * database that is not there yet is waited for; the probes say so meanwhile.
 */
@Injectable()
export class Startup implements OnApplicationShutdown {
  readonly #log = new Logger(Startup.name);
  #stopped = false;

  constructor(
    private readonly database: DatabaseAccess,
    private readonly feed: ChangeFeed,
    private readonly partitions: PartitionJob,
    private readonly readiness: Readiness,
  ) {}

  /** @throws whatever is wrong with the schema; an unreachable database is no reason to give up. */
  async run(migrationsRun: boolean): Promise<void> {
    for (let waitMs = 250; !this.#stopped; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        await this.#openDatabase(migrationsRun);
        await this.readiness.becomeReady();
        return;
      } catch (error) {
        if (this.#stopped) return;
        if (asAppError(error)?.kind !== 'unavailable') throw error;
        this.#log.warn(`The database cannot be reached (${messageOf(error)}); trying again in ${String(waitMs)} ms`);
        await this.database.close();
        await sleep(waitMs);
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.database.close();
  }

  async #openDatabase(migrationsRun: boolean): Promise<void> {
    const { ownerUrl, url } = this.database.urls;
    if (migrationsRun) {
      const ran = await migrate(ownerUrl, url);
      if (ran.length > 0) this.#log.log(`Migrated: ${ran.join(', ')}`);
    }
    await this.database.open();
    if (!migrationsRun) {
      const pending = await pendingMigrations(this.database.dataSource);
      if (pending.length > 0) throw new Error(`MIGRATIONS_RUN=false, and the schema lacks ${pending.join(', ')}`);
    }
    await this.partitions.ensure();
    await this.feed.start();
  }
}
