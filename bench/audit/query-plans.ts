/**
 * `npm run bench:audit-queries -- --database postgres://... [--rows 10000000] [--days 10]`
 *
 * Fills `mcp_audit_log` of a migrated, otherwise empty database with chained records of one writer, through the
 * shipper's own insert, and shows how fast that is; then each query of the audit API with its plan, its time, and
 * whether an index served it; then a verification of a million records. Leaves the records there.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PartitionJob } from '../../src/database/partition-job.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { tenantScope } from '../../src/kernel/scope.js';
import { uuidv7 } from '../../src/kernel/uuid.js';
import { KeyedDigest } from '../../src/modules/audit/arguments/keyed-digest.js';
import { chain, genesis } from '../../src/modules/audit/chain/chain.js';
import { ChainSource } from '../../src/modules/audit/chain/chain-source.js';
import { verifyChains } from '../../src/modules/audit/chain/verify.js';
import { auditCondition, type AuditFilter } from '../../src/modules/audit/query/audit-filter.js';
import { PostgresSink } from '../../src/modules/audit/ship/postgres-sink.js';
import { markdownTable } from '../tools/markdown.js';
import { openBenchDatabase } from '../open-bench-database.js';

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    rows: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '10' },
  },
});
if (values.database === undefined) throw new Error('--database names a migrated database');
const [count, days] = [Number(values.rows), Number(values.days)];
const BATCH = 2000;
const VERIFIED_AT_MOST = 1_000_000;
const DAY_MS = 86_400_000;

const access = await openBenchDatabase(values.database);
const partitions = new PartitionJob(access, new SystemClock());
const digest = new KeyedDigest(randomBytes(32));
const writerId = uuidv7();
const startMs = Date.now() - days * DAY_MS;
for (let day = 0; day <= days; day += 1) await partitions.createFor('mcp_audit_log', new Date(startMs + day * DAY_MS));

await fill();
await access.query('ANALYZE mcp_audit_log');
process.stdout.write(`${await plans()}\n\n${await verification()}\n`);
await access.close();

async function fill(): Promise<void> {
  const sink = new PostgresSink({
    url: values.database ?? '',
    digest,
    createPartitions: () => Promise.resolve(),
    anchored: () => undefined,
  });
  let last = genesis(digest, writerId);
  const start = { kind: 'start' as const, writerId, fromSeq: null, seq: 0, chainHash: last, atMs: startMs };
  await sink.append([], [start]);
  const startedMs = performance.now();
  let inserting = Promise.resolve();
  for (let at = 0; at < count; at += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => record(at + i));
    const chained = chain(digest, last, rows);
    last = chained.at(-1)?.chainHash ?? last;
    // As the shipper does it: what follows is chained while this is inserted.
    await inserting;
    inserting = sink.append(chained, []);
  }
  await inserting;
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(
    `${String(count)} records in ${seconds.toFixed(1)} s: ${String(Math.round(count / seconds))} a second\n\n`,
  );
  await sink.close();
}

/** Many calls of few tools by few users, and few of many. */
function record(index: number) {
  const failed = Math.random() < 0.02;
  const server = skewed(300);
  return {
    timestampMs: startMs + Math.floor((index / count) * days * DAY_MS),
    id: uuidv7(),
    tenantId: Math.random() < 0.7 ? 'local' : `tenant-${String(skewed(50))}`,
    userId: `user-${String(skewed(2000))}`,
    principalKind: 'user',
    clientId: null,
    action: Math.random() < 0.999 ? 'tools/call' : 'servers.delete',
    serverId: `01900000-0000-7000-8000-${String(server).padStart(12, '0')}`,
    serverName: `server-${String(server)}`,
    toolName: `tool-${String(skewed(3000))}`,
    definitionHash: 'a'.repeat(64),
    argumentsHash: 'b'.repeat(64),
    arguments: null,
    state: 'completed' as const,
    success: !failed,
    errorCode: failed ? 'tool_error' : null,
    durationMs: Math.fround(Math.random() * 200),
    requestBytes: 300,
    responseBytes: 500,
    clientIp: '10.0.0.1',
    correlationId: `call-${String(index)}`,
    era: 'modern',
    writerId,
    seq: index + 1,
  };
}

function skewed(most: number): number {
  return Math.floor(Math.random() ** 3 * most);
}

async function plans(): Promise<string> {
  const scope = tenantScope('local');
  const middle = new Date(startMs + (days * DAY_MS) / 2);
  const hour = { from: middle, to: new Date(middle.getTime() + 3_600_000) };
  const filters: Record<string, AuditFilter> = {
    'all, newest first': {},
    'a busy user': { user: 'user-0' },
    'a rare user': { user: 'user-1999' },
    'a tool': { tool: 'tool-2500' },
    'a user and a tool': { user: 'user-3', tool: 'tool-7' },
    'a server': { server: 'server-250' },
    'a server by id': { server: '01900000-0000-7000-8000-000000000250' },
    'a rare action': { action: 'servers.delete' },
    failures: { success: false },
    'a correlation id': { correlationId: `call-${String(Math.floor(count / 2))}` },
    'an hour': hour,
  };
  const rows: string[][] = [];
  for (const [name, filter] of Object.entries(filters)) {
    const { sql, parameters } = auditCondition(scope, filter);
    rows.push(
      await explain(
        name,
        `SELECT a.* FROM mcp_audit_log a WHERE ${sql} ORDER BY a.timestamp DESC, a.id DESC LIMIT 51`,
        parameters,
      ),
    );
  }
  const small = auditCondition(tenantScope('tenant-49'), {});
  rows.push(
    await explain(
      'a small tenant',
      `SELECT a.* FROM mcp_audit_log a WHERE ${small.sql} ORDER BY a.timestamp DESC, a.id DESC LIMIT 51`,
      small.parameters,
    ),
  );
  const { sql, parameters } = auditCondition(scope, {}, { timestamp: middle.toISOString(), id: uuidv7() });
  rows.push(
    await explain(
      'a page in the middle',
      `SELECT a.* FROM mcp_audit_log a WHERE ${sql} ORDER BY a.timestamp DESC, a.id DESC LIMIT 51`,
      parameters,
    ),
  );
  const stats = auditCondition(scope, hour);
  rows.push(
    await explain(
      'stats of an hour',
      `SELECT a.tool_name, count(*), percentile_cont(0.95) WITHIN GROUP (ORDER BY a.duration_ms) FROM mcp_audit_log a WHERE ${stats.sql} GROUP BY a.tool_name`,
      stats.parameters,
    ),
  );
  rows.push(
    await explain(
      'verification',
      'SELECT * FROM mcp_audit_log a WHERE writer_id = $1 AND seq > $2 ORDER BY seq LIMIT 2000',
      [writerId, Math.floor(count / 2)],
    ),
  );
  return markdownTable(['query', 'ms', 'indexes', 'sequential scan'], rows);
}

interface Plan {
  readonly 'QUERY PLAN': readonly { readonly 'Execution Time': number; readonly 'Planning Time': number }[];
}

async function explain(name: string, sql: string, parameters: readonly unknown[]): Promise<string[]> {
  // Once before, so that what is measured is not the disk.
  await access.query(sql, parameters);
  const [plan] = await access.query<Plan>(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, parameters);
  const text = JSON.stringify(plan);
  const found = [...text.matchAll(/"Index Name": ?"mcp_audit_log_\d{8}_(\w+?)(?:_idx\d*|_pkey)?"/g)].map(
    ([, index = '']) => index,
  );
  const { 'Execution Time': ran = 0, 'Planning Time': planned = 0 } = plan?.['QUERY PLAN'][0] ?? {};
  return [name, (ran + planned).toFixed(1), [...new Set(found)].join(', '), text.includes('"Seq Scan"') ? 'yes' : 'no'];
}

async function verification(): Promise<string> {
  const source = new ChainSource((sql, parameters) => access.query(sql, parameters));
  const share = Math.min(1, VERIFIED_AT_MOST / count);
  const to = new Date(startMs + share * days * DAY_MS);
  const startedMs = performance.now();
  // There is one anchor, at the start: the window is what limits it.
  const { records, breaks } = await verifyChains(limited(source, Math.floor(count * share)), [digest], {
    from: undefined,
    to,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  return `Verification of ${String(records)} records: ${seconds.toFixed(1)} s, ${breaks.length === 0 ? 'intact' : (breaks[0]?.detail ?? '')}.`;
}

/** The same source, whose chain ends early. */
function limited(source: ChainSource, records: number): ChainSource {
  const rows = source.rows.bind(source);
  source.rows = async function* (writer, afterSeq) {
    for await (const page of rows(writer, afterSeq)) {
      yield page.filter(({ row }) => row.seq <= records);
      if ((page.at(-1)?.row.seq ?? 0) >= records) return;
    }
  };
  return source;
}
