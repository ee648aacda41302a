/** Who asked the client something, and under which id. */
export interface Asked {
  readonly serverId: string;
  /** The id under which the server asked, as JSON text. */
  readonly rawId: string;
}

/** `mrs-<server's id>-<the server's own id in base64url>`: whichever replica gets the answer knows whose it is. */
const ASKED_ID = /^mrs-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([A-Za-z0-9_-]{1,400})$/;
/** A longer one would bloat each message; 300 bytes are 400 characters. */
const RAW_ID_BYTES_AT_MOST = 300;

/** The id under which the client is asked, unless the server's own is too long to be carried along. */
export function askedId({ serverId, rawId }: Asked): string | undefined {
  const bytes = Buffer.from(rawId);
  return bytes.length > RAW_ID_BYTES_AT_MOST ? undefined : `mrs-${serverId}-${bytes.toString('base64url')}`;
}

/**
 * Who asked, by the id that a client answers; `undefined` when nobody can have asked so. A client may make such an
 * id up: it reaches only its own session with a server, as any answer does, and only as an id, so what is in it is
 * checked to be one.
 */
export function readAskedId(id: unknown): Asked | undefined {
  const [, serverId, encoded] = (typeof id === 'string' && ASKED_ID.exec(id)) || [];
  if (serverId === undefined || encoded === undefined) return undefined;
  const rawId = Buffer.from(encoded, 'base64url').toString('utf8');
  return isRequestId(rawId) ? { serverId, rawId } : undefined;
}

function isRequestId(rawId: string): boolean {
  try {
    const id: unknown = JSON.parse(rawId);
    return typeof id === 'string' || typeof id === 'number';
  } catch {
    return false;
  }
}
