import { startProgram } from '../tools/child-program.js';
import { interleave } from '../tools/interleave.js';
import { figure, markdownTable } from '../tools/markdown.js';
import type { Era } from '../tools/mcp-connection.js';
import type { RunningService } from '../tools/service.js';
import { medianRatio } from '../tools/statistics.js';
import { type Measured, measureTarget } from './measure-target.js';
import { complaints, errorsOf, medianOf, type Outcome, perRound } from './outcome.js';
import type { Settings } from './settings.js';
import { ONE_SERVER, type Target } from './target.js';

const BUSY = 32;
const LEAST_SHARE = 0.5;

const perSecond = (measured: Measured): number => measured.perSecond;

/** `tools/call` where client and server share no era, beside the same client with a server that has its own. */
export async function measureBridges(passing: Target, service: RunningService, settings: Settings): Promise<Outcome> {
  const outcomes = [
    await measureBridge('modern', passing, service, settings),
    await measureBridge('legacy', passing, service, settings),
  ];
  return {
    markdown: outcomes.map(({ markdown }) => markdown).join('\n\n'),
    errors: outcomes.reduce((sum, { errors }) => sum + errors, 0),
    verdicts: outcomes.flatMap(({ verdicts }) => verdicts),
  };
}

async function measureBridge(era: Era, passing: Target, service: RunningService, settings: Settings): Promise<Outcome> {
  const other = era === 'modern' ? 'legacy' : 'modern';
  const upstream = await startProgram('bench/tools/upstream.ts', ['--era', other, '--stateful']);
  try {
    const name = `${other}-only`;
    const server = await service.register({ name, endpointUrl: upstream.url, settings: { maxInFlight: 1_000 } });
    if (server.status !== 'healthy') throw new Error(`the ${other} upstream is ${server.status}: ${server.lastError}`);
    try {
      const bridged: Target = {
        ...passing,
        name: `a server of the ${other} era`,
        url: `${service.url}/mcp/servers/${name}`,
      };
      const targets = [{ ...passing, name: `${ONE_SERVER}, its own era` }, bridged];
      const results = await interleave(targets, settings.rounds, (target) =>
        measureTarget(target, { method: 'tools/call', era, connections: BUSY }, settings),
      );
      return report(era, targets, results);
    } finally {
      await service.remove(server);
    }
  } finally {
    await upstream.stop();
  }
}

function report(era: Era, targets: readonly Target[], results: ReadonlyMap<string, readonly Measured[]>): Outcome {
  const [passing, bridged] = targets.map(({ name }) => results.get(name));
  const share = medianRatio(perRound(bridged, perSecond), perRound(passing, perSecond));
  const rows = targets.map(({ name }) => {
    const own = results.get(name);
    return [
      name,
      figure(medianOf(own, perSecond)),
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
  const columns = ['target', 'calls/s', 'p50 ms', 'p99 ms', 'CPU us/call', 'errors'];
  return {
    markdown: `### tools/call of ${era} clients through a bridge, ${BUSY} connections\n\n${markdownTable(columns, rows)}${complaints(results)}`,
    errors: errorsOf(results.values()),
    verdicts: [
      {
        aim: `a ${era} client with a server of the other era: at least ${LEAST_SHARE} of the pass-through's throughput`,
        reached: figure(share, 2),
        met: share !== undefined && share >= LEAST_SHARE,
      },
    ],
  };
}
