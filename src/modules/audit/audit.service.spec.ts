import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../config/secrets.js';
import { SystemClock } from '../../kernel/clock.js';
import { LOCAL_ADMINISTRATOR } from '../../kernel/principal.js';
import { AuditService } from './audit.service.js';
import type { AuditOptions } from './audit-settings.js';
import type { SpoolHost } from './spool-host.js';
import type { Fullness } from './spool/spool.js';
import type { SpooledIntent } from './spool/spool-record.js';

/** A spool that only listens. */
class ListeningSpool {
  readonly intents: Omit<SpooledIntent, 'kind'>[] = [];
  readonly ended: string[] = [];
  lost = 0;
  constructor(readonly fullness: Fullness | undefined) {}
  begin(intent: Omit<SpooledIntent, 'kind'>): void {
    this.intents.push(intent);
  }
  end(id: string): Promise<void> {
    this.ended.push(id);
    return Promise.resolve();
  }
  lose(): void {
    this.lost += 1;
  }
}

function service(
  whenFull: AuditOptions['whenFull'],
  fullness: Fullness | undefined,
  mode: AuditOptions['arguments'] = 'hash',
): { readonly audit: AuditService; readonly spool: ListeningSpool } {
  const spool = new ListeningSpool(fullness);
  const options = { whenFull, arguments: mode } as AuditOptions;
  const host = { spool } as unknown as SpoolHost;
  return { audit: new AuditService(host, new SystemClock(), new Secrets(['a root key']), options), spool };
}

const intent = {
  caller: { principal: LOCAL_ADMINISTRATOR, correlationId: 'c', clientIp: '127.0.0.1' },
  action: 'tools/call',
  argumentsBytes: Buffer.from('{"token": "x"}'),
};

describe('AuditService', () => {
  it.each(['limit', 'disk'] as const)('refuses with strict when the spool is full: %s', (fullness) => {
    const { audit, spool } = service('strict', fullness);
    expect(() => audit.begin(intent)).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'audit.spool_full' }),
    );
    expect([spool.intents, spool.lost]).toEqual([[], 0]);
  });

  it.each(['limit', 'disk'] as const)('counts with lenient when the spool is full: %s', async (fullness) => {
    const { audit, spool } = service('lenient', fullness);
    await audit.end(audit.begin(intent), { success: true });
    expect([spool.intents, spool.ended, spool.lost]).toEqual([[], [], 1]);
  });

  it.each([
    ['hash', null],
    ['redacted', { token: '[redacted]' }],
  ] as const)(
    'keeps a keyed hash of the bytes of arguments, and with %s this of the arguments',
    async (mode, shown) => {
      const { audit, spool } = service('strict', undefined, mode);
      const entry = audit.begin(intent);
      await audit.end(entry, { success: true });
      const [key = ''] = new Secrets(['a root key']).derive('audit arguments');
      const argumentsHash = createHmac('sha256', key).update(intent.argumentsBytes).digest('hex');
      expect(spool.intents).toMatchObject([{ id: entry.id, userId: 'local-admin', argumentsHash, arguments: shown }]);
      expect(spool.ended).toEqual([entry.id]);
    },
  );
});
