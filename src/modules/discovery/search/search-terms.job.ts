import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { type CatalogueChangeRecord, ChangeFeed, type ChangeListener } from '../../../database/change-feed.js';
import { DatabaseAccess } from '../../../database/database-access.js';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { SearchTermsRepository } from './search-terms.repository.js';

const HOUR_MS = 3_600_000;
/** Registrations come in bursts: count once when one has settled. */
const SETTLE_MS = 2000;
const FEWEST_BETWEEN_MS = 30_000;
/** Counting takes at most this share of a replica's time. */
const REST_PER_WORK = 20;

/** Keeps the word frequencies of free-text search: soon after tools changed, and every hour. */
@Injectable()
export class SearchTermsJob implements ChangeListener, OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger(SearchTermsJob.name);
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly database: DatabaseAccess,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly terms: SearchTermsRepository,
  ) {}

  onModuleInit(): void {
    this.feed.listen(this);
  }

  onChanges(changes: readonly CatalogueChangeRecord[]): void {
    // What only turned healthy or unhealthy has the words that it had.
    if (changes.some(({ kind }) => kind !== 'health')) this.#soon();
  }

  onReset(): void {
    this.#soon();
  }

  @Interval('search-terms', HOUR_MS)
  async run(): Promise<void> {
    if (!this.database.isOpen || this.#stopped) return;
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #soon(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const waitMs = Math.max(SETTLE_MS, this.#notBeforeMs - this.clock.nowMs());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.run();
    }, waitMs);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.terms.refresh();
    } catch (error) {
      this.#log.warn(`Word frequencies could not be counted: ${messageOf(error)}; search ranks with the old ones`);
    }
    const tookMs = performance.now() - startedMs;
    this.#notBeforeMs = this.clock.nowMs() + Math.max(FEWEST_BETWEEN_MS, tookMs * REST_PER_WORK);
  }
}
