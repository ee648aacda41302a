import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startProgram } from '../tools/child-program.js';
import { interleave } from '../tools/interleave.js';
import { figure, markdownTable } from '../tools/markdown.js';
import type { RunningService } from '../tools/service.js';
import { medianRatio } from '../tools/statistics.js';
import { captureList } from './capture-list.js';
import { type Measured, measureTarget } from './measure-target.js';
import { complaints, errorsOf, medianOf, type Outcome, perRound } from './outcome.js';
import type { Settings } from './settings.js';
import { AGGREGATE, ONE_SERVER, type Target } from './target.js';

const STATIC = 'the same bytes from bare node:http';
const CONNECTIONS = 4;
/** Measured figures scatter; within this of the bytes' own speed counts as that speed. */
const LEAST_SHARE = 0.9;

const perSecond = (measured: Measured): number => measured.perSecond;

/** `tools/list` of one server with so many tools, all pages, against sending the same bytes. */
export async function measureLists(tools: number, service: RunningService, settings: Settings): Promise<Outcome> {
  const upstream = await startProgram('bench/tools/upstream.ts', ['--tools', String(tools)]);
  try {
    const server = await service.register({ name: 'lists', endpointUrl: upstream.url });
    try {
      return await measure(tools, service, settings);
    } finally {
      await service.remove(server);
    }
  } finally {
    await upstream.stop();
  }
}

async function measure(tools: number, service: RunningService, settings: Settings): Promise<Outcome> {
  const url = `${service.url}/mcp/servers/lists`;
  const pages = await captureList(url);
  const bytes = pages.reduce((sum, { result }) => sum + Buffer.byteLength(result), 0);
  const file = path.join(service.dataDir, 'pages.json');
  await writeFile(file, JSON.stringify(pages));
  const bare = await startProgram('bench/tools/static-lists.ts', ['--pages', file]);
  try {
    const targets: Target[] = [
      { name: STATIC, url: bare.url, pid: bare.pid, tool: '' },
      { name: ONE_SERVER, url, pid: service.pid, tool: '' },
      { name: AGGREGATE, url: `${service.url}/mcp`, pid: service.pid, tool: '' },
    ];
    const request = { method: 'tools/list', era: 'modern', connections: CONNECTIONS, tools } as const;
    const results = await interleave(targets, settings.rounds, (target) => measureTarget(target, request, settings));
    const share = (name: string): number | undefined =>
      medianRatio(perRound(results.get(name), perSecond), perRound(results.get(STATIC), perSecond));
    const rows = targets.map(({ name }) => {
      const own = results.get(name);
      return [
        name,
        figure(medianOf(own, perSecond)),
        figure(share(name), 2),
        figure(
          medianOf(own, (measured) => (measured.perSecond * bytes) / 1e6),
          1,
        ),
        figure(
          medianOf(own, ({ p50Ms }) => p50Ms),
          3,
        ),
        figure(
          medianOf(own, ({ p99Ms }) => p99Ms),
          3,
        ),
        figure(medianOf(own, ({ cpuUs }) => cpuUs)),
        figure(errorsOf([own ?? []])),
      ];
    });
    const columns = ['target', 'lists/s', 'of the bytes', 'MB/s', 'p50 ms', 'p99 ms', 'CPU us/list', 'errors'];
    const size = `${figure(bytes / 1000)} kB in ${pages.length} ${pages.length === 1 ? 'page' : 'pages'}`;
    return {
      markdown: `### tools/list, ${figure(tools)} tools (${size}), ${CONNECTIONS} connections\n\n${markdownTable(columns, rows)}${complaints(results)}`,
      errors: errorsOf(results.values()),
      verdicts: [ONE_SERVER, AGGREGATE].map((name) => {
        const reached = share(name);
        return {
          aim: `${name}: ${figure(tools)} tools at the speed of sending the bytes (${LEAST_SHARE} and more)`,
          reached: figure(reached, 2),
          met: reached !== undefined && reached >= LEAST_SHARE,
        };
      }),
    };
  } finally {
    await bare.stop();
  }
}
