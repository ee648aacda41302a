import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { processConfig } from './config/process-config.js';
import { loadSecrets } from './config/secrets.js';
import { openDatabase } from './database/open-database.js';
import { asOwner } from './database/owner-connection.js';
import { messageOf } from './kernel/app-error.js';
import { type Verification, verifyAudit } from './modules/audit/index.js';

/**
 * `npm run audit:verify -- [--from 2026-11-01T00:00:00Z] [--to ...]`: checks the audit's chains and names the first
 * record that is not right. Ends with 0 when all are, 1 when not, 2 when it could not check.
 */
export async function runVerification(): Promise<void> {
  try {
    const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });
    const window = { from: dateOf('--from', values.from), to: dateOf('--to', values.to) };
    const config = processConfig();
    const database = await openDatabase(config);
    try {
      const secrets = loadSecrets(config);
      const verification = await asOwner(database.urls.ownerUrl, (queryRunner) =>
        verifyAudit(
          (sql, parameters = []) => queryRunner.query(sql, [...parameters]) as Promise<never[]>,
          secrets,
          window,
        ),
      );
      report(verification);
    } finally {
      await database.close();
    }
  } catch (error) {
    process.stderr.write(`The audit could not be checked: ${messageOf(error)}\n`);
    process.exitCode = 2;
  }
}

function report({ records, writers, anchors, breaks }: Verification): void {
  const counts = `${String(records)} records of ${String(writers)} writers, ${String(anchors)} anchors`;
  if (breaks.length === 0) {
    process.stdout.write(`Intact: ${counts}.\n`);
    return;
  }
  process.stdout.write(`NOT INTACT. Checked and right: ${counts}. The first of each chain that is not:\n`);
  for (const { kind, writerId, seq, id, timestamp, detail } of breaks) {
    const where = `writer ${writerId ?? 'none'}, record ${String(seq ?? '?')}`;
    const what = `${id === null ? '' : ` ${id}`}${timestamp ? ` at ${timestamp.toISOString()}` : ''}`;
    process.stdout.write(`  ${kind}: ${where}${what}: ${detail}\n`);
  }
  process.exitCode = 1;
}

function dateOf(option: string, given: string | undefined): Date | undefined {
  if (given === undefined) return undefined;
  const date = new Date(given);
  if (Number.isNaN(date.getTime())) throw new Error(`${option} must be a date, like 2026-11-23T12:00:00Z`);
  return date;
}
