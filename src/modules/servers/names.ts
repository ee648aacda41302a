import { AppError } from '../../kernel/app-error.js';
import { compareVersions } from '../../kernel/semver.js';

/** A plain name: `weather`, `acme.weather_2`. */
export const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** A name as the official registry has it: `io.github.acme/weather`. */
export const NAMESPACED_NAME = /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/;
export const ALIAS = /^[a-z0-9-]{1,40}$/;

/** Plain names are shown under this namespace by the registry API, so nobody may claim it. */
const RESERVED_NAMESPACE = 'local';
const LONGEST_ALIAS = 40;

export function isServerName(name: string): boolean {
  return PLAIN_NAME.test(name) || (name.length >= 3 && name.length <= 200 && NAMESPACED_NAME.test(name));
}

/** @throws AppError `servers.reserved_namespace` (422). */
export function checkNamespace(name: string): void {
  const [namespace, rest] = name.split('/');
  if (rest !== undefined && namespace?.toLowerCase() === RESERVED_NAMESPACE) {
    throw new AppError(
      'unprocessable',
      'servers.reserved_namespace',
      `The namespace ${RESERVED_NAMESPACE}/ is reserved: register the plain name ${rest} instead.`,
    );
  }
}

/** Aliases to try for a name, best first: its last part, the whole of it, then with a number. */
export function* aliasCandidates(name: string): Generator<string> {
  const last = slug(name.split('/').at(-1) ?? name);
  yield last;
  const whole = slug(name);
  if (whole !== last) yield whole;
  for (let n = 2; n < 1000; n += 1) {
    const suffix = `-${String(n)}`;
    yield `${last.slice(0, LONGEST_ALIAS - suffix.length)}${suffix}`;
  }
}

function slug(text: string): string {
  const made = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, LONGEST_ALIAS)
    .replace(/-+$/, '');
  return made === '' ? 'server' : made;
}

export interface VersionedEntry {
  readonly id: string;
  readonly version: string;
  readonly createdAt: Date;
}

/** The latest of a name's versions: by semantic version, then by when it was registered. */
export function latestOf<T extends VersionedEntry>(versions: readonly T[]): T | undefined {
  return versions.toSorted(
    (a, b) =>
      compareVersions(b.version, a.version) || b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
  )[0];
}
