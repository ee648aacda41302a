import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DatabaseAccess } from '../../../database/database-access.js';
import { messageOf } from '../../../kernel/app-error.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { KnownApiKeys } from './known-api-keys.js';

const EVERY_MS = 60_000;

/** Writes down when keys were last used, once a minute for all of them. */
@Injectable()
export class KeyUses {
  readonly #log = new Logger('ApiKeys');

  constructor(
    private readonly known: KnownApiKeys,
    private readonly keys: ApiKeysRepository,
    private readonly database: DatabaseAccess,
  ) {}

  @Interval('api-key-uses', EVERY_MS)
  async write(): Promise<void> {
    const uses = this.known.takeUses();
    if (uses.size === 0 || !this.database.isOpen) return;
    try {
      await this.keys.markUsed([...uses].map(([id, at]) => ({ id, at })));
    } catch (error) {
      this.#log.warn(`When API keys were last used could not be written: ${messageOf(error)}`);
    }
  }
}
