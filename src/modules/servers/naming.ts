import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../kernel/app-error.js';
import { aliasCandidates } from './names.js';
import { ServersRepository } from './servers.repository.js';

/** What a registration says of its name. */
export interface GivenName {
  readonly name: string;
  readonly version: string;
  readonly alias?: string | undefined;
}

const ALIASES_AT_A_TIME = 20;

/** Whether a name and version may be registered, and the alias that they get. Call with the name locked. */
@Injectable()
export class Naming {
  constructor(private readonly servers: ServersRepository) {}

  /**
   * The alias that all versions of the name share, or a new one.
   * @throws AppError `servers.already_registered`, `servers.alias_fixed`, `servers.name_shared`,
   *   `servers.alias_taken` (409)
   */
  async aliasFor(manager: EntityManager, tenantId: string, given: GivenName): Promise<string> {
    const versions = await this.servers.versionsOf(manager, tenantId, given.name);
    const same = versions.find((entry) => entry.version === given.version);
    if (same) {
      throw new AppError(
        'conflict',
        'servers.already_registered',
        `${given.name} ${given.version} is registered already: PATCH that entry, or register another version.`,
        { data: { id: same.id } },
      );
    }
    const [sibling] = versions;
    if (sibling) {
      if (given.alias === undefined || given.alias === sibling.alias) return sibling.alias;
      throw new AppError(
        'conflict',
        'servers.alias_fixed',
        `${given.name} has the alias ${sibling.alias}, which all its versions share and which never changes.`,
      );
    }
    if (await this.servers.sharedElsewhere(manager, tenantId, given.name)) {
      throw new AppError(
        'conflict',
        'servers.name_shared',
        `${given.name} is the name of a server that is shared with all tenants.`,
      );
    }
    return this.#freeAlias(manager, tenantId, given);
  }

  async #freeAlias(manager: EntityManager, tenantId: string, given: GivenName): Promise<string> {
    const candidates = given.alias === undefined ? [...aliasCandidates(given.name)] : [given.alias];
    for (let i = 0; i < candidates.length; i += ALIASES_AT_A_TIME) {
      const some = candidates.slice(i, i + ALIASES_AT_A_TIME);
      const taken = await this.servers.takenAliases(manager, tenantId, some);
      const free = some.find((alias) => !taken.has(alias));
      if (free !== undefined) return free;
    }
    throw new AppError(
      'conflict',
      'servers.alias_taken',
      `The alias ${candidates[0] ?? ''} belongs to another server; choose another one.`,
    );
  }
}
