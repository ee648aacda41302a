/**
 * `npm run bench:audit-call [-- --calls 200000]`
 *
 * What `begin` and `end` of one call cost the thread that serves calls: processor time of the main thread alone, the
 * call's share of the write and of the message to the sync thread included, by how many calls share a turn of the
 * event loop. Linux only.
 */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Secrets } from '../../src/config/secrets.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { LOCAL_ADMINISTRATOR } from '../../src/kernel/principal.js';
import { uuidv7 } from '../../src/kernel/uuid.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import type { AuditOptions } from '../../src/modules/audit/audit-settings.js';
import type { SpoolHost } from '../../src/modules/audit/spool-host.js';
import { segmentFiles } from '../../src/modules/audit/spool/segment-files.js';
import { type Durability, Spool } from '../../src/modules/audit/spool/spool.js';
import { SyncThread } from '../../src/modules/audit/spool/sync-thread.js';
import { describeMachine } from '../tools/machine.js';
import { figure, markdownTable } from '../tools/markdown.js';

const { values } = parseArgs({ options: { calls: { type: 'string', default: '200000' } } });
const calls = Number(values.calls);
const TICKS_PER_SECOND = 100;
const MOST_US = 15;
const ARGUMENTS = Buffer.from(JSON.stringify({ text: 'x'.repeat(48) }));
const SERVER_ID = uuidv7();
const DEFINITION_HASH = 'ab'.repeat(32);

const rows: string[][] = [];
for (const durability of ['fsync', 'os', 'memory'] as const) {
  for (const together of [1, 8, 32]) {
    rows.push([durability, String(together), figure(await measure(durability, together), 1)]);
  }
}
process.stdout.write(`${describeMachine()}. The aim is ${String(MOST_US)} us.\n\n`);
process.stdout.write(`${markdownTable(['durability', 'calls a turn', 'us a call'], rows)}\n`);

async function measure(durability: Durability, together: number): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mrg-audit-cost-'));
  const syncer = new SyncThread();
  const spool = new Spool({
    folder,
    folderFd: openSync(folder, 'r'),
    durability,
    limitBytes: Number.MAX_SAFE_INTEGER,
    files: segmentFiles,
    syncer,
    report: (_level, message) => process.stderr.write(`${message}\n`),
  });
  const audit = new AuditService({ spool } as unknown as SpoolHost, new SystemClock(), new Secrets(['k'.repeat(32)]), {
    whenFull: 'lenient',
    arguments: 'hash',
  } as AuditOptions);
  await turns(audit, together, calls / 10);
  const before = mainThreadSeconds();
  await turns(audit, together, calls);
  const seconds = mainThreadSeconds() - before;
  await spool.close();
  await syncer.close();
  rmSync(folder, { recursive: true });
  return (seconds * 1e6) / calls;
}

async function turns(audit: AuditService, together: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += together) await Promise.all(Array.from({ length: together }, () => call(audit)));
}

function call(audit: AuditService): Promise<void> {
  const caller = { principal: LOCAL_ADMINISTRATOR, correlationId: uuidv7(), clientIp: '127.0.0.1' };
  const entry = audit.begin({
    caller,
    action: 'tools/call',
    serverId: SERVER_ID,
    serverName: 'bench',
    toolName: 'echo',
    definitionHash: DEFINITION_HASH,
    argumentsBytes: ARGUMENTS,
    requestBytes: 300,
    era: 'modern',
  });
  return audit.end(entry, { success: true, responseBytes: 500 });
}

/** The main thread has the process' id. */
function mainThreadSeconds(): number {
  const stat = readFileSync(`/proc/self/task/${String(process.pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
