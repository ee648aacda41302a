import { closeSync, openSync } from 'node:fs';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Secrets } from '../../config/secrets.js';
import { DatabaseAccess } from '../../database/database-access.js';
import { PartitionJob } from '../../database/partition-job.js';
import { AppError, messageOf } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { uuidv7 } from '../../kernel/uuid.js';
import { Readiness } from '../monitoring/index.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-settings.js';
import { CHAIN_PURPOSE } from './chain/chain.js';
import { Shipper } from './ship/shipper.js';
import type { ShippingFigures } from './ship/shipping.js';
import { segmentFiles } from './spool/segment-files.js';
import { Spool } from './spool/spool.js';
import { SyncThread } from './spool/sync-thread.js';
import { createWriterFolder, spoolRoot, type WriterFolder } from './spool/writer-folder.js';

const TABLE = 'mcp_audit_log';
/** How long the end of the application waits where nobody gave it a deadline. */
const FINISH_WITHIN_MS = 3000;

const NO_FIGURES: ShippingFigures = {
  shipped: 0,
  damaged: 0,
  freedBytes: 0,
  adoptedBytes: 0,
  oldestMs: undefined,
  fault: undefined,
};

/** The life of the spool and its shipper: opened before anything is served, shipped before the end. */
@Injectable()
export class SpoolHost implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('Audit');
  #opened:
    | { readonly spool: Spool; readonly syncer: SyncThread; readonly writer: WriterFolder; readonly fd: number }
    | undefined;
  #shipper: Shipper | undefined;
  #figures = NO_FIGURES;

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: AuditOptions,
    private readonly secrets: Secrets,
    private readonly database: DatabaseAccess,
    private readonly partitions: PartitionJob,
    private readonly clock: Clock,
    readiness: Readiness,
  ) {
    readiness.beforeReady({
      name: 'audit',
      run: () => {
        this.#startShipper();
        return Promise.resolve();
      },
    });
    readiness.beforeEnd((withinMs) => this.finish(withinMs));
  }

  get figures(): ShippingFigures {
    return this.#figures;
  }

  get closed(): boolean {
    return this.#opened === undefined;
  }

  get spool(): Spool {
    if (!this.#opened) throw new AppError('unavailable', 'audit.closed', 'The service is not running.');
    return this.#opened.spool;
  }

  onModuleInit(): void {
    const root = spoolRoot(this.options.dataDir);
    try {
      const writer = createWriterFolder(root, uuidv7());
      const fd = openSync(writer.folder, 'r');
      const syncer = new SyncThread();
      const spool = new Spool({
        folder: writer.folder,
        folderFd: fd,
        durability: this.options.durability,
        limitBytes: this.options.spoolBytes,
        files: segmentFiles,
        syncer,
        report: this.#report,
      });
      this.#opened = { spool, syncer, writer, fd };
    } catch (error) {
      throw new Error(`the audit spool under ${root} cannot be made: ${messageOf(error)}. DATA_DIR must be writable`, {
        cause: error,
      });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.finish(FINISH_WITHIN_MS);
  }

  /** Everything on disk, then in the table as far as the time allows; what is left the next start ships. */
  async finish(withinMs: number): Promise<void> {
    const opened = this.#opened;
    if (!opened) return;
    this.#opened = undefined;
    await opened.spool.close();
    await opened.syncer.close();
    closeSync(opened.fd);
    const complete = await this.#shipper?.finish(withinMs);
    if (complete === false) this.#log.warn('The audit spool is not shipped to its end; the next start does it');
    opened.writer.claim.release();
  }

  #startShipper(): void {
    const opened = this.#opened;
    if (!opened || this.#shipper) return;
    const [chainKey] = this.secrets.derive(CHAIN_PURPOSE);
    if (!chainKey) throw new Error('there is no key for the audit chain');
    this.#shipper = new Shipper(
      {
        root: spoolRoot(this.options.dataDir),
        writerId: opened.writer.writerId,
        folder: opened.writer.folder,
        claimName: opened.writer.claim.name,
        databaseUrl: this.database.urls.url,
        chainKey,
      },
      {
        log: this.#report,
        figures: (figures) => {
          this.#figures = figures;
          opened.spool.shipped(figures.freedBytes, figures.adoptedBytes);
        },
        createPartition: (day) => this.partitions.createFor(TABLE, day),
      },
    );
  }

  readonly #report = (level: 'log' | 'warn' | 'error', message: string): void => {
    this.#log[level](message);
  };

  /** Of the oldest record that is known to wait, in seconds. */
  oldestSeconds(): number {
    const { oldestMs } = this.#figures;
    return oldestMs === undefined ? 0 : Math.max(0, (this.clock.nowMs() - oldestMs) / 1000);
  }
}
