import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeFeed } from '../../../database/change-feed.js';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { Clock } from '../../../kernel/clock.js';
import { AuditService } from '../../audit/index.js';
import { HealthRepository } from '../health/health.repository.js';
import { checkMayManage } from '../permissions.js';
import type { ServerRecord } from '../server-record.js';
import { ServersRepository } from '../servers.repository.js';
import { ServersService } from '../servers.service.js';
import type { Credential } from './credential.js';
import { UpstreamCredentials } from './upstream-credentials.js';

/** Gives a server its credentials and takes them away. The next round of health checks tries them. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly service: ServersService,
    private readonly servers: ServersRepository,
    private readonly health: HealthRepository,
    private readonly credentials: UpstreamCredentials,
    private readonly feed: ChangeFeed,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `servers.not_found`, `auth.forbidden`, `servers.no_endpoint` (422) */
  set(caller: Caller, id: string, credential: Credential): Promise<void> {
    return this.#record(caller, 'servers.set_credentials', id, async (manager, { tenantId, url }) => {
      if (url === null) {
        throw new AppError(
          'unprocessable',
          'servers.no_endpoint',
          'This server has no address to send credentials to.',
        );
      }
      await this.credentials.store(manager, { id, tenantId, url }, credential);
    });
  }

  /** @throws AppError `servers.not_found`, `auth.forbidden`, `servers.no_credentials` (404) */
  remove(caller: Caller, id: string): Promise<void> {
    return this.#record(caller, 'servers.delete_credentials', id, async (manager) => {
      if (await this.credentials.remove(manager, id)) return;
      throw new AppError('not_found', 'servers.no_credentials', `No credentials are stored for server ${id}.`);
    });
  }

  #record(
    caller: Caller,
    action: string,
    id: string,
    write: (manager: EntityManager, server: ServerRecord) => Promise<void>,
  ): Promise<void> {
    return this.audit.record({ caller, action, serverId: id, era: 'rest' }, async () => {
      checkMayManage(caller.principal, await this.service.find(caller.principal, id));
      await this.feed.write(action, async (manager, changes) => {
        const server = await this.servers.lock(manager, id);
        if (!server) throw new AppError('not_found', 'servers.not_found', `There is no server ${id} any more.`);
        await write(manager, server);
        // Another caller may see other tools: what was read before is read anew.
        await this.health.startOver(manager, id, this.clock.now());
        changes.push({ tenantId: server.tenantId, serverId: id, kind: 'server' });
      });
    });
  }
}
