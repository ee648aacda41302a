import { SERVER_INFO_META_KEY } from '@modelcontextprotocol/client';
import { canonicalHash } from '../../../kernel/canonical-json.js';
import { isObject, isStorable, type JsonObject, measure } from './json-defects.js';
import type { ProbeLimits } from './limits.js';
import { ProbeError, RpcError } from './probe-error.js';
import { type Problems, quoted } from './problems.js';
import { CLIENT_CAPABILITIES, CLIENT_INFO, LEGACY_VERSIONS, MODERN_VERSION, UNSUPPORTED_VERSION } from './protocol.js';
import type { Session } from './session.js';

export interface ServerInfo {
  /** Empty when the server does not say. */
  readonly name: string;
  readonly version: string;
  readonly title?: string;
}

/** What a server says of itself before anything is asked of it. */
export interface Greeting {
  readonly version: string;
  /** All revisions that it says it accepts; of a legacy handshake the negotiated one. */
  readonly supportedVersions: readonly string[];
  readonly serverInfo: ServerInfo;
  readonly instructions?: string;
  readonly capabilities: JsonObject;
  /** Changes when the server changes what it says of itself: lower-case hex. */
  readonly fingerprint: string;
}

/**
 * `server/discover` (2026-07-28).
 * @throws RpcError or ProbeError, also when the server does not have our revision
 */
export async function discover(session: Session, limits: ProbeLimits, problems: Problems): Promise<Greeting> {
  const result = await session.request('server/discover');
  const supported = strings(result['supportedVersions']);
  if (!supported.includes(MODERN_VERSION)) {
    throw new ProbeError('unsupported_version', `server/discover does not offer revision ${MODERN_VERSION}.`);
  }
  session.negotiated(MODERN_VERSION);
  const meta = isObject(result['_meta']) ? result['_meta'] : {};
  const info = meta[SERVER_INFO_META_KEY] ?? result['serverInfo'];
  return greeting(result, { version: MODERN_VERSION, supported, info }, limits, problems);
}

/**
 * `initialize` and `notifications/initialized` (2025-11-25 and before). A server that refuses our
 * newest revision and names an older one that we speak is asked again with that.
 * @throws RpcError or ProbeError, also when the server chooses a revision that we do not speak
 */
export async function initialize(session: Session, limits: ProbeLimits, problems: Problems): Promise<Greeting> {
  const result = await initializeWith(session, LEGACY_VERSIONS[0]).catch((error: unknown) => {
    const older = olderVersionIn(error);
    if (older === undefined) throw error;
    return initializeWith(session, older);
  });
  const version = result['protocolVersion'];
  if (typeof version !== 'string' || !isLegacyVersion(version)) {
    const named = typeof version === 'string' ? quoted(version) : 'none';
    throw new ProbeError('unsupported_version', `initialize chose protocol revision ${named}, which is not supported.`);
  }
  session.negotiated(version);
  await session.notify('notifications/initialized');
  return greeting(result, { version, supported: [version], info: result['serverInfo'] }, limits, problems);
}

function isLegacyVersion(version: string): boolean {
  return (LEGACY_VERSIONS as readonly string[]).includes(version);
}

function initializeWith(session: Session, protocolVersion: string): Promise<JsonObject> {
  return session.request('initialize', {
    protocolVersion,
    capabilities: CLIENT_CAPABILITIES,
    clientInfo: CLIENT_INFO,
  });
}

function olderVersionIn(error: unknown): string | undefined {
  if (!(error instanceof RpcError) || error.rpcCode === UNSUPPORTED_VERSION || !isObject(error.data)) return undefined;
  const supported = strings(error.data['supported']);
  return LEGACY_VERSIONS.slice(1).find((version) => supported.includes(version));
}

function greeting(
  result: JsonObject,
  said: { readonly version: string; readonly supported: readonly string[]; readonly info: unknown },
  limits: ProbeLimits,
  problems: Problems,
): Greeting {
  const serverInfo = serverInfoOf(said.info, limits, problems);
  const instructions = instructionsOf(result['instructions'], limits, problems);
  const capabilities = capabilitiesOf(result['capabilities'], limits, problems);
  const fingerprint = canonicalHash({
    version: said.version,
    serverInfo: { ...serverInfo },
    instructions,
    capabilities,
  });
  return {
    version: said.version,
    supportedVersions: said.supported,
    serverInfo,
    ...(instructions !== undefined && { instructions }),
    capabilities,
    fingerprint,
  };
}

function serverInfoOf(info: unknown, limits: ProbeLimits, problems: Problems): ServerInfo {
  const read = (member: string): string | undefined => {
    const value = isObject(info) ? info[member] : undefined;
    if (typeof value !== 'string') return undefined;
    if (value.length <= limits.nameChars && isStorable(value)) return value;
    problems.add(`serverInfo.${member} was left out: more than ${limits.nameChars} characters, or not storable`);
    return undefined;
  };
  const title = read('title');
  return { name: read('name') ?? '', version: read('version') ?? '', ...(title !== undefined && { title }) };
}

function instructionsOf(value: unknown, limits: ProbeLimits, problems: Problems): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length <= limits.instructionsChars && isStorable(value)) return value;
  problems.add(`instructions were left out: more than ${limits.instructionsChars} characters, or not storable`);
  return undefined;
}

function capabilitiesOf(value: unknown, limits: ProbeLimits, problems: Problems): JsonObject {
  if (!isObject(value)) return {};
  const measured = measure(value, limits);
  if ('bytes' in measured) return value;
  problems.add(`the capabilities object ${measured.defect}; only its top level was read`);
  return Object.fromEntries(KNOWN_CAPABILITIES.filter((name) => isObject(value[name])).map((name) => [name, {}]));
}

const KNOWN_CAPABILITIES = ['tools', 'resources', 'prompts', 'logging', 'completions'] as const;

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
