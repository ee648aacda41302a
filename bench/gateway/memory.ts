import { figure } from '../tools/markdown.js';
import { processUsage } from '../tools/process-usage.js';
import type { Outcome } from './outcome.js';

const MOST_RSS_MB = 200;

/** The service's own process; the embedded PostgreSQL is another one. */
export function readMemory(pid: number): Outcome {
  const usage = processUsage(pid);
  const reached = `${figure(usage?.rssMb)} MB (at most ${figure(usage?.peakRssMb)} MB)`;
  return {
    markdown: `### Memory\n\nRSS of the service after the calls: ${reached}.`,
    errors: 0,
    verdicts: [
      {
        aim: `at most ${MOST_RSS_MB} MB RSS after the calls`,
        reached,
        met: usage !== undefined && usage.rssMb <= MOST_RSS_MB,
      },
    ],
  };
}
