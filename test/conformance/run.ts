import { parseArgs } from 'node:util';
import { startProgram } from '../../bench/tools/child-program.js';
import { markdownTable } from '../../bench/tools/markdown.js';
import { startService } from '../../bench/tools/service.js';
import { whyNotApplicable } from './not-applicable.js';
import { type FailedCheck, runSuite, type SuiteResult } from './suite.js';
import type { ScenarioResult } from './suite-output.js';
import type { FixtureEras } from './upstream.js';

const REVISIONS = ['2025-11-25', '2026-07-28'];
const NAME = 'conformance';
/** Timed out once in twenty runs against a server that answers it; the suite itself is slow then. */
const FLAKY = 'tools-call-elicitation';

interface Endpoint {
  readonly name: string;
  readonly url: string;
}

interface Run {
  readonly title: string;
  readonly revision: string;
  readonly result: SuiteResult;
}

/** Which eras the server behind the gateway speaks. */
const UPSTREAMS: readonly FixtureEras[] = ['both', 'legacy', 'modern'];

/**
 * `[--direct] [--revision 2026-07-28] [--upstream both|legacy|modern]`; the exit code: 0 when every scored scenario
 * passed everywhere, but for those that `not-applicable.ts` names.
 */
export async function runConformance(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      direct: { type: 'boolean', default: false },
      revision: { type: 'string' },
      upstream: { type: 'string', default: 'both' },
    },
  });
  const upstream = UPSTREAMS.find((eras) => eras === values.upstream);
  if (!upstream) throw new Error(`--upstream takes ${UPSTREAMS.join(', ')}`);
  const revisions = values.revision === undefined ? REVISIONS : [values.revision];
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

  const fixture = await startProgram('test/conformance/upstream.ts', ['--eras', upstream]);
  try {
    const directly: Endpoint = { name: 'fixture', url: fixture.url };
    const runs = values.direct
      ? await runAll([directly], revisions, abort.signal)
      : await throughGateway(fixture.url, revisions, abort.signal);
    return report(runs, upstream);
  } finally {
    await fixture.stop();
  }
}

async function throughGateway(fixtureUrl: string, revisions: readonly string[], signal: AbortSignal): Promise<Run[]> {
  const service = await startService({ DATABASE_URL: '', REDIS_URL: '' });
  try {
    const server = await service.register({ name: NAME, endpointUrl: fixtureUrl });
    if (server.status !== 'healthy') throw new Error(`the fixture is ${server.status}: ${server.lastError}`);
    const endpoints = [`/mcp/servers/${NAME}`, '/mcp?names=plain'].map((name) => ({ name, url: service.url + name }));
    return await runAll(endpoints, revisions, signal);
  } finally {
    await service.stop();
  }
}

async function runAll(
  endpoints: readonly Endpoint[],
  revisions: readonly string[],
  signal: AbortSignal,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const revision of revisions) {
    for (const { name, url } of endpoints) {
      signal.throwIfAborted();
      const title = `${revision} ${name}`;
      process.stderr.write(`${title}\n`);
      let result = await runSuite(url, revision, signal);
      if (result.failed.length === 1 && result.failed[0] === FLAKY) {
        process.stdout.write(
          `${title}: ${FLAKY} failed; the run is repeated once.\n${result.details.map(asLine).join('\n')}\n`,
        );
        result = await runSuite(url, revision, signal);
      }
      runs.push({ title, revision, result });
    }
  }
  return runs;
}

function report(runs: readonly Run[], upstream: FixtureEras): number {
  const names = new Set(runs.flatMap(({ result }) => result.scenarios.map(({ name }) => name)));
  const rows = [...names].map((name) => [
    name,
    ...runs.map(({ result }) => cell(result.scenarios.find((scenario) => scenario.name === name))),
  ]);
  process.stdout.write(`\n${markdownTable(['scenario', ...runs.map(({ title }) => title)], rows)}\n\n`);
  process.stdout.write(
    'Passed checks of all checks; in parentheses: run, but not scored; -: not of that revision.\n\n',
  );
  const failedInAll = runs.map(({ title, revision, result }) => {
    const excused = new Map(
      result.failed.flatMap((name) => {
        const checks = result.details.filter(({ scenario }) => scenario === name).map(({ check }) => check);
        const because = whyNotApplicable({ upstream, revision, scenario: name, checks });
        return because === undefined ? [] : [[name, because]];
      }),
    );
    const failed = result.failed.filter((name) => !excused.has(name));
    const scored = result.scenarios.filter((scenario) => scenario.scored);
    const verdict = failed.length === 0 ? 'passed' : `FAILED: ${failed.join(', ')}`;
    process.stdout.write(`${title}: ${scored.length} scored scenarios, ${verdict}\n`);
    for (const [name, because] of excused) process.stdout.write(`  in part not applicable: ${name}: ${because}\n`);
    for (const detail of result.details) {
      if (!excused.has(detail.scenario)) process.stdout.write(`  ${asLine(detail)}\n`);
    }
    return failed.length;
  });
  return failedInAll.every((failed) => failed === 0) ? 0 : 1;
}

function asLine({ scenario, check, text }: FailedCheck): string {
  return `${scenario}: ${check}: ${text}`;
}

function cell(scenario: ScenarioResult | undefined): string {
  if (scenario === undefined) return '-';
  const { passedChecks, failedChecks, scored } = scenario;
  const checks = `${passedChecks}/${passedChecks + failedChecks}`;
  if (!scored) return `(${checks})`;
  return failedChecks === 0 ? checks : `**${checks}**`;
}
