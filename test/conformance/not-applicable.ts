import type { FixtureEras } from './upstream.js';

/** Checks that cannot pass where client and server speak different eras. */
interface NotApplicable {
  /** What the server behind the gateway speaks. */
  readonly upstream: FixtureEras;
  /** What the suite speaks as a client. */
  readonly revision: string;
  readonly scenario: string;
  /** Ids; the scenario's other checks count. */
  readonly checks: readonly string[];
  /** What one era's specification says, and why the other has nothing to become it. */
  readonly because: string;
}

/** Only what no gateway could do; all else is a defect of ours. */
const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    upstream: 'legacy',
    revision: '2026-07-28',
    scenario: 'server-stateless',
    checks: ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
    because:
      '2025-11-25, Lifecycle, Operation: "Both parties MUST: [...] Only use capabilities that were successfully negotiated". ' +
      'The server keeps to that by itself, in the words of its tool: the code -32021 is of 2026-07-28.',
  },
  {
    upstream: 'legacy',
    revision: '2026-07-28',
    scenario: 'input-required-result-basic-elicitation',
    checks: ['sep-2322-elicitation-incomplete'],
    because:
      '2026-07-28, Schema, InputRequests: "Keys are server-assigned identifiers". The check wants a key of its own, and ' +
      'a request of 2025-11-25 has no name that could become one.',
  },
];

/** Why a failed scenario is none of ours, when all its failed checks are such; else `undefined`. */
export function whyNotApplicable(
  failed: Pick<NotApplicable, 'upstream' | 'revision' | 'scenario' | 'checks'>,
): string | undefined {
  const entry = NOT_APPLICABLE.find(
    ({ upstream, revision, scenario }) =>
      upstream === failed.upstream && revision === failed.revision && scenario === failed.scenario,
  );
  return entry && failed.checks.length > 0 && failed.checks.every((check) => entry.checks.includes(check))
    ? entry.because
    : undefined;
}
