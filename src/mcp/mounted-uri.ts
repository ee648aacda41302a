const SCHEME = 'mrg://';
const MOUNTED = /^mrg:\/\/([a-z0-9-]{1,40})\/(.*)$/s;
const EXPRESSION = /(\{[^{}]*\})/;

/** A resource of one server, told apart from one with the same URI on another. */
export interface MountedUri {
  readonly alias: string;
  /** The URI as the server knows it. */
  readonly uri: string;
}

/** Percent-encodes as `encodeURIComponent` does; a lone surrogate, which that throws at, becomes U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

/** `mrg://{alias}/{encoded uri}`. */
export function mountUri(alias: string, uri: string): string {
  return `${SCHEME}${alias}/${encode(uri)}`;
}

/**
 * The same for a URI template (RFC 6570): its expressions stay expressions. A value that the
 * client's expansion percent-encodes is decoded together with the rest, so `{id}` cannot carry an
 * encoded slash through a mounted template.
 */
export function mountTemplate(alias: string, template: string): string {
  const parts = template.split(EXPRESSION).map((part, index) => (index % 2 === 1 ? part : encode(part)));
  return `${SCHEME}${alias}/${parts.join('')}`;
}

/** Takes a mounted URI apart; `undefined` when it is none, or its encoding is broken. */
export function parseMountedUri(mounted: string): MountedUri | undefined {
  if (!mounted.startsWith(SCHEME)) return undefined;
  const match = MOUNTED.exec(mounted);
  const alias = match?.[1];
  const encoded = match?.[2];
  if (alias === undefined || encoded === undefined) return undefined;
  try {
    return { alias, uri: decodeURIComponent(encoded) };
  } catch {
    return undefined;
  }
}
