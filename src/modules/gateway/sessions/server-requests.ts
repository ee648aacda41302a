import { Injectable } from '@nestjs/common';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { rewriteId, scanResponse } from '../../../mcp/scan-response.js';
import { splice } from '../../../mcp/splice.js';
import type { ClientSession } from './client-session.js';

/** A request that a server asked a client, waiting for the client's answer. */
interface Asked {
  readonly serverId: string;
  /** The id under which the server asked, as JSON text. */
  readonly rawId: string;
}

const MOST_OPEN = 1000;

/**
 * Requests of several upstreams on one client session: their ids may collide, so the client sees ids
 * of the gateway's own, and its answers go back under the server's.
 */
@Injectable()
export class ServerRequests {
  readonly #bySession = new WeakMap<ClientSession, Map<string, Asked>>();
  #next = 0;

  /** The message as the client sees it: a request gets an id of ours, all else stays as it is. */
  outward(session: ClientSession, serverId: string, data: Buffer): Buffer {
    const scanned = scanResponse(data);
    if (!scanned.hasMethod || !scanned.idRange) return data;
    const open = this.#bySession.get(session) ?? new Map<string, Asked>();
    this.#bySession.set(session, open);
    const [oldest] = open.keys();
    if (open.size >= MOST_OPEN && oldest !== undefined) open.delete(oldest);
    const id = JSON.stringify(`gateway-${String(++this.#next)}`);
    open.set(id, { serverId, rawId: data.toString('utf8', scanned.idRange.start, scanned.idRange.end) });
    return rewriteId(data, id, scanned) ?? data;
  }

  /** Where a client's answer goes, and its bytes under the server's own id; undefined: nobody asked. */
  inward(session: ClientSession, body: ParsedBody): { readonly serverId: string; readonly bytes: Buffer } | undefined {
    const open = this.#bySession.get(session);
    const asked = open?.get(body.rawId);
    if (!open || !asked || !body.ranges.id) return undefined;
    open.delete(body.rawId);
    return { serverId: asked.serverId, bytes: splice(body.bytes, body.ranges.id, asked.rawId) };
  }
}
