// `npm run quickstart`: the service and a real MCP server; registers it, discovers a tool, and stays up.
import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, root } from './build.mjs';
import { quickstartSteps } from './quickstart-steps.mjs';

const START_WITHIN_MS = 60_000;
const children = new Set();
const state = { ending: false };

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());

build();
const port = Number(process.env.PORT || 8000);
const url = `http://127.0.0.1:${port}`;
const everythingPort = await freePort();

// In groups of their own, so that Ctrl-C reaches them through us and only once.
const service = start(
  'the service',
  ['dist/main.js'],
  { PORT: String(port), LOG_FORMAT: 'pretty', LOG_LEVEL: process.env.LOG_LEVEL || 'warn' },
  'inherit',
);
start(
  'the MCP server',
  [path.join('node_modules', '@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
  { PORT: String(everythingPort) },
  'ignore',
);

try {
  await until('the service is ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
  await until('the MCP server listens', () => accepts(everythingPort));
  await quickstartSteps(url, `http://127.0.0.1:${everythingPort}/mcp`);
  process.stdout.write('\nCtrl-C ends everything.\n');
} catch (error) {
  if (!state.ending) {
    process.stderr.write(`\nThe quickstart stopped: ${error.message}\n`);
    await end(1);
  }
}

function start(what, args, env, output) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output === 'ignore' ? 'ignore' : 'inherit'],
    detached: true,
  });
  children.add(child);
  child.once('exit', (code) => {
    children.delete(child);
    if (state.ending) return;
    process.stderr.write(`\n${what} ended (exit code ${code}); see above.\n`);
    void end(1);
  });
  return child;
}

async function until(what, check) {
  const deadline = Date.now() + START_WITHIN_MS;
  while (!state.ending) {
    if (await check().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`waited ${START_WITHIN_MS / 1000} s, and not yet: ${what}`);
    if (service.exitCode !== null) throw new Error('the service did not start; see above');
    await sleep(100);
  }
  throw new Error('interrupted');
}

async function end(code = 0) {
  if (state.ending) return;
  state.ending = true;
  for (const child of children) child.kill(child === service ? 'SIGINT' : 'SIGKILL');
  const deadline = Date.now() + 20_000;
  while (children.size > 0 && Date.now() < deadline) await sleep(20);
  for (const child of children) child.kill('SIGKILL');
  process.exit(code);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: free } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return free;
}

function accepts(onPort) {
  return new Promise((resolve) => {
    const socket = connect(onPort, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
