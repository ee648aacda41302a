export interface ScenarioResult {
  readonly name: string;
  readonly passedChecks: number;
  readonly failedChecks: number;
  /** The revision requires it. Extensions, and what the suite itself calls pending, run but do not count. */
  readonly scored: boolean;
}

const SUMMARY = '=== SUMMARY ===';
/** `✓ tools-list: 3 passed, 0 failed` */
const RESULT = /^[✓✗] (\S+): (\d+) passed, (\d+) failed/u;
/** `  ✗ tasks-lifecycle (extension)` */
const NOT_SCORED = /^ +[✓✗] (\S+) \(/u;

/** Reads what the suite prints at its end; nothing when it did not get there. */
export function scenarioResults(output: string): ScenarioResult[] {
  const start = output.indexOf(SUMMARY);
  const lines = start < 0 ? [] : output.slice(start).split('\n');
  const notScored = new Set(lines.map((line) => NOT_SCORED.exec(line)?.[1]));
  return lines.flatMap((line) => {
    const [, name, passed, failed] = RESULT.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name, passedChecks: Number(passed), failedChecks: Number(failed), scored: !notScored.has(name) }];
  });
}
