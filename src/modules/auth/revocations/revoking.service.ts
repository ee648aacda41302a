import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../../../database/change-feed.js';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { Clock } from '../../../kernel/clock.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { AuditService } from '../../audit/index.js';
import { EntraTokens } from '../entra/entra-tokens.js';
import { type RevocationRecord, RevocationsRepository } from './revocations.repository.js';

/** Longer than Entra's access tokens live, continuous access evaluation included. */
const SUBJECT_FOR_MS = 29 * 3_600_000;

/** Refuses tokens of the caller's own tenant before their end. */
@Injectable()
export class RevokingService {
  constructor(
    private readonly tokens: EntraTokens,
    private readonly repository: RevocationsRepository,
    private readonly feed: ChangeFeed,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `auth.not_revocable` for what is no good token of this tenant. */
  async token(caller: Caller, token: string): Promise<void> {
    await this.audit.record({ caller, action: 'auth.revoke', era: 'rest' }, async () => {
      const found = await this.tokens.inspect(token).catch((error: unknown) => {
        if (error instanceof AppError && error.kind === 'unauthenticated') return undefined;
        throw error;
      });
      if (found?.principal.tenantId !== caller.principal.tenantId) throw notRevocable();
      await this.#write(caller, { tokenHash: found.hash, subject: null, issuedUntil: null }, found.expiresAtMs);
    });
  }

  /** Everything that was issued to this subject until now. */
  async subject(caller: Caller, subject: string): Promise<void> {
    await this.audit.record({ caller, action: 'auth.revoke', era: 'rest' }, async () => {
      const now = this.clock.now();
      await this.#write(caller, { tokenHash: null, subject, issuedUntil: now }, now.getTime() + SUBJECT_FOR_MS);
    });
  }

  async #write(
    { principal }: Caller,
    what: Pick<RevocationRecord, 'tokenHash' | 'subject' | 'issuedUntil'>,
    expiresAtMs: number,
  ): Promise<void> {
    const id = uuidv7(this.clock.nowMs());
    const { tenantId, subject: revokedBy } = principal;
    await this.feed.write('auth.revoke', async (manager, changes) => {
      await this.repository.insert(manager, { id, tenantId, ...what, revokedBy, expiresAt: new Date(expiresAtMs) });
      changes.push({ tenantId, serverId: id, kind: 'access' });
    });
  }
}

function notRevocable(): AppError {
  return new AppError(
    'unprocessable',
    'auth.not_revocable',
    'That is no token of your tenant that would be let in here.',
  );
}
