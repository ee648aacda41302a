import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Secrets } from './config/secrets.js';
import { ChangeFeed } from './database/change-feed.js';
import { DatabaseAccess } from './database/database-access.js';
import { asAppError } from './database/database-errors.js';
import { migrate, pendingMigrations } from './database/migrator.js';
import { PartitionJob } from './database/partition-job.js';
import { agreeOnSecretKeys } from './database/secret-keys.js';
import { messageOf } from './kernel/app-error.js';
import { Clock } from './kernel/clock.js';
import { Readiness } from './modules/monitoring/index.js';

const LONGEST_WAIT_MS = 10_000;

/**
 * From listening to ready: schema, connection, the keys of secrets, partitions, change feed, then what
 * modules load. A database that is not there yet is waited for; the probes say so meanwhile.
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
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws WrongSecretsKeyError, and whatever is wrong with the schema; an unreachable database is no
   *   reason to give up.
   */
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
      } finally {
        // The end may have come while the database was being opened.
        if (this.#stopped) await this.database.close();
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
      if (pending.length > 0) throw outdated(pending);
    }
    await this.database.transaction('secret_keys.agree', (manager) =>
      agreeOnSecretKeys(manager, this.secrets.fingerprints(), this.clock.now()),
    );
    await this.partitions.ensure();
    await this.feed.start();
  }
}

function outdated(pending: readonly string[]): Error {
  return new Error(
    `MIGRATIONS_RUN=false, and the database lacks the migrations ${pending.join(', ')}: run \`npm run migration:run\` first, or start with MIGRATIONS_RUN=true`,
  );
}
