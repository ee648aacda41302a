import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Change } from '../../../database/change-feed.js';
import { messageOf } from '../../../kernel/app-error.js';
import { isServerActive } from '../../../kernel/words.js';
import { ChildrenRepository } from '../children.repository.js';
import { type CheckOutcome, type CheckedServer, HealthRepository } from './health.repository.js';

/** What follows from checks: the servers' state, whether their children are offered, the history. */
@Injectable()
export class HealthWriter {
  readonly #log = new Logger(HealthWriter.name);

  constructor(
    private readonly health: HealthRepository,
    private readonly children: ChildrenRepository,
  ) {}

  /**
   * Writes what checks found and pushes to `changes` whose status changed.
   * @returns what was taken over, for `record` after the commit.
   */
  async write(manager: EntityManager, changes: Change[], outcomes: readonly CheckOutcome[]): Promise<CheckedServer[]> {
    const checked = await this.health.write(manager, outcomes);
    const changed = checked.filter(({ status, previousStatus }) => status !== previousStatus);
    for (const active of [true, false]) {
      const some = changed.filter(({ lifecycle, status }) => isServerActive(lifecycle, status) === active);
      await this.children.setActive(
        manager,
        some.map(({ id }) => id),
        active,
      );
    }
    for (const { id, tenantId } of changed) changes.push({ tenantId, serverId: id, kind: 'health' });
    return checked;
  }

  /** Adds to the history. Failing to is not a failed check. */
  async record(checked: readonly CheckedServer[]): Promise<void> {
    try {
      await this.health.record(checked);
    } catch (error) {
      this.#log.warn(`The health history could not be written: ${messageOf(error)}`);
    }
  }
}
