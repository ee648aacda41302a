import { isRecord, ownMember } from '../../json-record.js';

/** What the revisions before 2025-11-25 have of the capabilities that a server may use: a name, and its members. */
const CAPABILITIES: ReadonlyMap<string, readonly string[]> = new Map([
  ['2025-03-26', ['sampling', 'roots']],
  ['2025-06-18', ['sampling', 'roots', 'elicitation']],
]);

/**
 * What a legacy client may be asked, by the revision that its session speaks: elicitation came with
 * 2025-06-18, its modes and sampling with tools with 2025-11-25. What a client declared beyond its
 * revision does not count, so that no server relies on it. A bare `elicitation: {}` means forms.
 */
export function clientCapabilitiesOf(protocolVersion: string, declared: unknown): unknown {
  const names = CAPABILITIES.get(protocolVersion);
  if (!names || !isRecord(declared)) return declared;
  const { experimental } = declared;
  const known = names.flatMap((name) => (isRecord(ownMember(declared, name)) ? [[name, {}] as const] : []));
  return { ...Object.fromEntries(known), ...(experimental === undefined ? {} : { experimental }) };
}
