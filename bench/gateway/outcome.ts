import { median } from '../tools/statistics.js';
import type { Measured } from './measure-target.js';

/** What a section of the report found. */
export interface Outcome {
  readonly markdown: string;
  readonly errors: number;
  readonly verdicts: readonly Verdict[];
}

/** One aim and what was reached. */
export interface Verdict {
  readonly aim: string;
  readonly reached: string;
  readonly met: boolean;
}

export function errorsOf(measured: Iterable<readonly Measured[]>): number {
  return [...measured].flat().reduce((sum, { errors }) => sum + errors, 0);
}

/** One figure of each round; `undefined` for a round in which the target did not serve. */
export function perRound(
  results: readonly Measured[] | undefined,
  read: (measured: Measured) => number | undefined,
): (number | undefined)[] {
  return (results ?? []).map((measured) => (measured.notServed === undefined ? read(measured) : undefined));
}

export function medianOf(
  results: readonly Measured[] | undefined,
  read: (measured: Measured) => number | undefined,
): number | undefined {
  return median(perRound(results, read).filter((value) => value !== undefined));
}

/** The median of the differences, round by round. */
export function medianAdded(
  results: readonly Measured[] | undefined,
  base: readonly Measured[] | undefined,
  read: (measured: Measured) => number,
): number | undefined {
  const other = perRound(base, read);
  return median(
    perRound(results, read).flatMap((value, round) => {
      const from = other[round];
      return value === undefined || from === undefined ? [] : [value - from];
    }),
  );
}

/** Lines that name what went wrong, for under a table. */
export function complaints(results: ReadonlyMap<string, readonly Measured[]>): string {
  const lines = [...results].flatMap(([name, measured]) => {
    const missing = measured.find(({ notServed }) => notServed !== undefined);
    const kinds = measured.flatMap(({ errorKinds }) => Object.entries(errorKinds));
    return [
      ...(missing === undefined ? [] : [notServedLine(name, missing)]),
      ...kinds.slice(0, 5).map(([kind, count]) => `- ${name}: ${count} x ${kind}`),
    ];
  });
  return lines.length === 0 ? '' : `\n\nWrong:\n${lines.join('\n')}`;
}

function notServedLine(name: string, { status, notServed, url }: Measured): string {
  return status === 404 ? `- ${name}: there is no ${url} (404)` : `- ${name}: not served: ${notServed}`;
}
