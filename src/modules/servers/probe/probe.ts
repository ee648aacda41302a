import type { Eras } from '../../../kernel/words.js';
import { Attempt, isPlainNo, mostTelling } from './attempt.js';
import { Deadline } from './deadline.js';
import type { Greeting, ServerInfo } from './handshake.js';
import type { JsonObject } from './json-defects.js';
import { DEFAULT_PROBE_LIMITS, type ProbeLimits } from './limits.js';
import { type Lists, readLists } from './lists.js';
import { LEGACY_VERSIONS } from './protocol.js';
import type { ProbeOptions, ProbeTarget } from './target.js';
import { toProbeError } from './to-probe-error.js';

export interface ProbeResult extends Lists {
  readonly eras: Eras;
  readonly serverInfo: ServerInfo;
  readonly instructions?: string;
  readonly capabilities: JsonObject;
  /** Of the first handshake that succeeded. */
  readonly responseTimeMs: number;
  /** Compare with what `checkHealth` returns: different means that the server is not the same any more. */
  readonly fingerprint: string;
  /** What was skipped or cut, in words for people; at most 51 of 300 characters. */
  readonly problems: readonly string[];
}

/**
 * Finds out which eras a server speaks and reads its lists. Both handshakes run at once; once half
 * of the time is over, one that succeeded does not wait for the other. No session is left open.
 * @throws ProbeError, within the deadline
 */
export async function probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
  const limits = { ...DEFAULT_PROBE_LIMITS, ...options.limits };
  const deadline = new Deadline(options.deadlineMs, options.signal);
  const attempts: Attempt[] = [];
  try {
    const eras = target.transportType === 'sse' ? (['legacy'] as const) : (['modern', 'legacy'] as const);
    for (const era of eras) attempts.push(new Attempt(era, target, options, limits, deadline));
    await firstOrAll(attempts, deadline);
    return await read(attempts, limits);
  } catch (error) {
    throw toProbeError(error, 'The probe');
  } finally {
    await Promise.all(attempts.map((attempt) => attempt.session.close()));
    deadline.clear();
  }
}

async function firstOrAll(attempts: readonly Attempt[], deadline: Deadline): Promise<void> {
  const one = new Promise<void>((resolve) => {
    for (const attempt of attempts) void attempt.settled.then(() => attempt.greeting && resolve());
  });
  const all = Promise.all(attempts.map((attempt) => attempt.settled));
  await Promise.race([all, deadline.halfway.then(() => one)]);
  for (const attempt of attempts) if (attempt.greeting === undefined) attempt.giveUp();
  await all;
}

async function read(attempts: readonly Attempt[], limits: ProbeLimits): Promise<ProbeResult> {
  const answered = attempts.filter(isGreeted);
  if (answered.length === 0) throw mostTelling(attempts.flatMap((attempt) => attempt.error ?? []));
  const { attempt, lists } = await readFirst(answered, limits);
  for (const { era, error } of attempts) {
    if (error !== undefined && !isPlainNo(error)) attempt.problems.add(`the ${era} handshake failed: ${error.message}`);
  }
  const { serverInfo, instructions, capabilities, fingerprint } = attempt.greeting;
  return {
    eras: erasOf(attempts),
    serverInfo,
    ...(instructions !== undefined && { instructions }),
    capabilities,
    ...lists,
    responseTimeMs: Math.min(...answered.map(({ responseTimeMs }) => responseTimeMs)),
    fingerprint,
    problems: attempt.problems.list(),
  };
}

type Greeted = Attempt & { readonly greeting: Greeting };

function isGreeted(attempt: Attempt): attempt is Greeted {
  return attempt.greeting !== undefined;
}

/** The lists by the first era that has them: modern before legacy. */
async function readFirst(
  [attempt, ...others]: readonly Greeted[],
  limits: ProbeLimits,
): Promise<{ readonly attempt: Greeted; readonly lists: Lists }> {
  if (attempt === undefined) throw mostTelling([]);
  try {
    const { session, greeting, problems } = attempt;
    return { attempt, lists: await readLists(session, greeting.capabilities, limits, problems) };
  } catch (error) {
    const failure = toProbeError(error, 'The probe');
    if (others[0] === undefined || !isPlainNo(failure)) throw failure;
    others[0].problems.add(`the ${attempt.era} lists could not be read: ${failure.message}`);
    return readFirst(others, limits);
  }
}

/** Legacy revisions: the negotiated one, and those that `server/discover` names when both eras work. */
function erasOf(attempts: readonly Attempt[]): Eras {
  const modern = attempts.find((attempt) => attempt.era === 'modern')?.greeting;
  const legacy = attempts.find((attempt) => attempt.era === 'legacy')?.greeting;
  const accepted = new Set([...(legacy?.supportedVersions ?? []), ...(modern?.supportedVersions ?? [])]);
  return {
    ...(modern !== undefined && { modern: modern.version }),
    ...(legacy !== undefined && {
      legacy: LEGACY_VERSIONS.filter((version) => accepted.has(version)),
    }),
  };
}
