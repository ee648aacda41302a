import { Injectable } from '@nestjs/common';
import { type AccessChangeRecord, ChangeFeed } from '../../../database/change-feed.js';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { Clock } from '../../../kernel/clock.js';
import { type Principal, scopeOf } from '../../../kernel/principal.js';
import { atLeast, type Role } from '../../../kernel/role.js';
import { type Scope, systemScope } from '../../../kernel/scope.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { AuditService } from '../../audit/index.js';
import { type ApiKeyRecord, ApiKeysRepository } from './api-keys.repository.js';
import { newSecret } from './secret.js';

export interface ApiKeyRequest {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Another tenant, or the operator mark: for operators only. */
  readonly tenantId?: string | undefined;
  readonly operator?: boolean | undefined;
  readonly expiresAt?: Date | undefined;
}

/** A key and its secret, which is shown this once. */
export interface IssuedApiKey {
  readonly record: ApiKeyRecord;
  readonly key: string;
}

/** Keys for machines: made, rotated and revoked on record, and at once on every replica. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly feed: ChangeFeed,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `auth.forbidden`, `api_keys.expired`. */
  async issue(caller: Caller, request: ApiKeyRequest): Promise<IssuedApiKey> {
    return this.audit.record({ caller, action: 'api_keys.issue', era: 'rest' }, async () => {
      const { principal } = caller;
      checkMayIssue(principal, request);
      const now = this.clock.now();
      if (request.expiresAt && request.expiresAt <= now) {
        throw new AppError('invalid', 'api_keys.expired', 'expiresAt must be in the future.');
      }
      const { selector, key, hash } = newSecret();
      const record: ApiKeyRecord = {
        id: uuidv7(now.getTime()),
        tenantId: request.tenantId ?? principal.tenantId,
        name: request.name,
        selector,
        roles: request.roles,
        operator: request.operator ?? false,
        createdBy: principal.subject,
        createdAt: now,
        expiresAt: request.expiresAt ?? null,
        lastUsedAt: null,
        revokedAt: null,
      };
      await this.#write('api_keys.issue', record, async (manager) => {
        await this.keys.insert(manager, { ...record, secretHash: hash });
      });
      return { record, key };
    });
  }

  page(principal: Principal, limit: number, afterId?: string): Promise<ApiKeyRecord[]> {
    return this.keys.page(administered(principal), limit, afterId);
  }

  /** The secret that was is good for `overlapSeconds` more. @throws AppError `api_keys.not_found`, `auth.forbidden`. */
  async rotate(caller: Caller, id: string, overlapSeconds: number): Promise<IssuedApiKey> {
    return this.audit.record({ caller, action: 'api_keys.rotate', era: 'rest' }, () =>
      this.feed.write('api_keys.rotate', async (manager, changes) => {
        const record = await this.#locked(manager, caller.principal, id);
        checkMayIssue(caller.principal, record);
        const { key, hash } = newSecret(record.selector);
        const until = new Date(this.clock.nowMs() + overlapSeconds * 1000);
        await this.keys.rotate(manager, id, hash, until);
        changes.push(changeOf(record));
        return { record, key };
      }),
    );
  }

  /** At once, everywhere. @throws AppError `api_keys.not_found`. */
  async revoke(caller: Caller, id: string): Promise<void> {
    await this.audit.record({ caller, action: 'api_keys.revoke', era: 'rest' }, () =>
      this.feed.write('api_keys.revoke', async (manager, changes) => {
        const record = await this.#locked(manager, caller.principal, id);
        await this.keys.revoke(manager, id, this.clock.now());
        changes.push(changeOf(record));
      }),
    );
  }

  async #locked(manager: Parameters<ApiKeysRepository['lock']>[0], principal: Principal, id: string) {
    const record = await this.keys.lock(manager, administered(principal), id);
    if (record?.revokedAt === null) return record;
    throw new AppError('not_found', 'api_keys.not_found', 'There is no such API key, or it has been revoked.');
  }

  #write(
    name: string,
    record: ApiKeyRecord,
    work: (manager: Parameters<ApiKeysRepository['lock']>[0]) => Promise<void>,
  ): Promise<void> {
    return this.feed.write(name, async (manager, changes) => {
      await work(manager);
      // Whoever asked for that selector before was told that there is none.
      changes.push(changeOf(record));
    });
  }
}

function changeOf({ id, tenantId }: ApiKeyRecord): AccessChangeRecord {
  return { tenantId, serverId: id, kind: 'access' };
}

/** Operators see the keys of all tenants. */
function administered(principal: Principal): Scope {
  return principal.operator ? systemScope : scopeOf(principal);
}

/** @throws AppError `auth.forbidden` for more than one has oneself. */
function checkMayIssue(
  principal: Principal,
  key: {
    readonly roles: readonly Role[];
    readonly tenantId?: string | undefined;
    readonly operator?: boolean | undefined;
  },
): void {
  if (!key.roles.every((role) => atLeast(principal.roles, role))) {
    throw new AppError('forbidden', 'auth.forbidden', 'A key has at most the roles of whoever makes it.');
  }
  const elsewhere = key.tenantId !== undefined && key.tenantId !== principal.tenantId;
  if ((elsewhere || key.operator === true) && !principal.operator) {
    throw new AppError(
      'forbidden',
      'auth.forbidden',
      'Only an operator makes keys of another tenant, or of operators.',
    );
  }
}
