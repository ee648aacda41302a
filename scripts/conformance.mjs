// `npm run conformance`: the official conformance suite against the gateway in front of a conformant upstream.
// Scored scenarios decide; there is no list of expected failures.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildWhenMissing, root } from './build.mjs';

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const REVISIONS = ['2025-11-25', '2026-07-28'];
const START_WITHIN_MS = 60_000;

buildWhenMissing();
const dataDir = path.join(mkdtempSync(path.join(tmpdir(), 'mrg-conformance-')), 'data');
const children = [];
let failures = 0;
try {
  const [fixturePort, port] = [await freePort(), await freePort()];
  start(['--import', 'tsx', 'test/conformance/upstream.ts', '--port', String(fixturePort)], {});
  start(['dist/main.js'], {
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'warn',
    DATABASE_URL: '',
    REDIS_URL: '',
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/health/ready`)).ok);
  await until(async () => (await fetch(`http://127.0.0.1:${fixturePort}/mcp`)).status > 0);
  const registered = await fetch(`${url}/api/v1/servers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'conformance', endpointUrl: `http://127.0.0.1:${fixturePort}/mcp` }),
  });
  if (registered.status !== 201) throw new Error(`the fixture could not be registered: ${await registered.text()}`);
  for (const revision of REVISIONS) {
    for (const endpoint of ['/mcp/servers/conformance', '/mcp?names=plain'])
      failures += check(url + endpoint, revision);
  }
} finally {
  for (const child of children) child.kill('SIGINT');
  const deadline = Date.now() + 20_000;
  while (children.some((child) => child.exitCode === null && child.signalCode === null) && Date.now() < deadline)
    await sleep(50);
  for (const child of children) child.kill('SIGKILL');
  rmSync(path.dirname(dataDir), { recursive: true, force: true });
}
process.stdout.write(
  failures === 0 ? 'Conformance: every scored scenario passed.\n' : `Conformance: ${failures} runs failed.\n`,
);
process.exit(failures === 0 ? 0 : 1);

/** Runs the suite once and prints its scenarios; 1 when a scored one failed. */
function check(endpoint, revision) {
  process.stdout.write(`\n${revision} on ${endpoint}\n`);
  const command = `conformance server --url '${endpoint}' --requirements ${revision}`;
  const { status, stdout, stderr } = spawnSync('npx', ['-y', '-p', 'node@24', '-p', SUITE, '-c', command], {
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
    // In a folder of its own: the suite writes its results where it runs.
    cwd: path.dirname(dataDir),
  });
  const lines = stdout.split('\n').filter((line) => /^\s*[✓✗] |^Total|^Not scored/.test(line));
  process.stdout.write(`${lines.join('\n')}\n`);
  if (status === 0 && lines.length > 0) return 0;
  process.stdout.write(`${stdout.slice(-4000)}${stderr.slice(-4000)}\nThe suite ended with ${status}.\n`);
  return 1;
}

function start(args, env) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
}

async function until(check) {
  const deadline = Date.now() + START_WITHIN_MS;
  while (!(await check().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the service or the fixture did not start in time');
    await sleep(100);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
