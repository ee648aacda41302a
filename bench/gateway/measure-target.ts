import type { LoadReport } from '../tools/load-options.js';
import { type LoadRequest, startLoad } from '../tools/load-process.js';
import { processUsage } from '../tools/process-usage.js';
import type { Settings } from './settings.js';
import type { Target } from './target.js';

export interface Measured extends LoadReport {
  /** Processor time of the target's own process for one reply. */
  readonly cpuUs?: number;
}

/** One load on one target, said on standard error as it ends. */
export async function measureTarget(
  target: Target,
  request: Omit<LoadRequest, 'url' | 'tool'>,
  settings: Settings,
): Promise<Measured> {
  const { durationMs, warmUpMs } = settings;
  const before = processUsage(target.pid)?.cpuSeconds;
  const report = await startLoad({ durationMs, warmUpMs, ...request, url: target.url, tool: target.tool }).report;
  const after = processUsage(target.pid)?.cpuSeconds;
  // The warm-up worked too, but its replies are not counted.
  const replies = (report.count * (durationMs + warmUpMs)) / durationMs;
  const seconds = before === undefined || after === undefined ? undefined : after - before;
  const cpuUs = seconds === undefined || replies === 0 ? undefined : (seconds * 1e6) / replies;
  process.stderr.write(`${request.method} ${request.era} x${request.connections} ${target.name}: ${summary(report)}\n`);
  return { ...report, cpuUs };
}

function summary(report: LoadReport): string {
  if (report.notServed !== undefined) return `not served (${report.notServed})`;
  const figures = `${Math.round(report.perSecond)}/s, p50 ${report.p50Ms.toFixed(3)} ms, p99 ${report.p99Ms.toFixed(3)} ms`;
  return report.errors === 0 ? figures : `${figures}, ${report.errors} ERRORS ${JSON.stringify(report.errorKinds)}`;
}
