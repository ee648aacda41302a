import { Injectable } from '@nestjs/common';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { rewriteId, scanResponse } from '../../../mcp/scan-response.js';
import { splice } from '../../../mcp/splice.js';
import { type Asked, askedId, readAskedId } from './asked-id.js';
import type { ClientSession } from './client-session.js';

const MOST_OPEN = 1000;
const CANCELLED = Buffer.from('notifications/cancelled');

/**
 * Requests of several upstreams on one client session: their ids may collide, so the client sees ids
 * of the gateway's own, and its answers go back under the server's. An id says whose it is, so that any
 * replica can take the answer; only what is too long for that is kept here.
 */
@Injectable()
export class ServerRequests {
  readonly #bySession = new WeakMap<ClientSession, Map<string, Asked>>();
  #next = 0;

  /** The message as the client sees it: a request gets an id of ours, all else stays as it is. */
  outward(session: ClientSession, serverId: string, data: Buffer): Buffer {
    const scanned = scanResponse(data);
    if (!scanned.hasMethod) return data;
    if (!scanned.idRange) return data.includes(CANCELLED) ? this.#cancellation(session, serverId, data) : data;
    const rawId = data.toString('utf8', scanned.idRange.start, scanned.idRange.end);
    const id = askedId({ serverId, rawId }) ?? this.#keep(session, { serverId, rawId });
    return rewriteId(data, JSON.stringify(id), scanned) ?? data;
  }

  /** Where a client's answer goes, and its bytes under the server's own id; undefined: nobody asked. */
  inward(session: ClientSession, body: ParsedBody): { readonly serverId: string; readonly bytes: Buffer } | undefined {
    const { id } = body.message;
    const asked = readAskedId(id) ?? this.#take(session, id);
    if (!asked || !body.ranges.id) return undefined;
    return { serverId: asked.serverId, bytes: splice(body.bytes, body.ranges.id, asked.rawId) };
  }

  #keep(session: ClientSession, asked: Asked): string {
    const open = this.#bySession.get(session) ?? new Map<string, Asked>();
    this.#bySession.set(session, open);
    const [oldest] = open.keys();
    if (open.size >= MOST_OPEN && oldest !== undefined) open.delete(oldest);
    const id = `gateway-${String(++this.#next)}`;
    open.set(id, asked);
    return id;
  }

  #take(session: ClientSession, id: unknown): Asked | undefined {
    const open = this.#bySession.get(session);
    const asked = typeof id === 'string' ? open?.get(id) : undefined;
    if (asked) open?.delete(String(id));
    return asked;
  }

  /** A server that takes a request back names it by its own id, which the client never saw. */
  #cancellation(session: ClientSession, serverId: string, data: Buffer): Buffer {
    const message = parsed(data);
    const params = isRecord(message) ? ownMember(message, 'params') : undefined;
    if (!isRecord(message) || message['method'] !== CANCELLED.toString() || !isRecord(params)) return data;
    const rawId = JSON.stringify(ownMember(params, 'requestId'));
    if (rawId === undefined) return data;
    const kept = [...(this.#bySession.get(session) ?? [])].find(
      ([, asked]) => asked.serverId === serverId && asked.rawId === rawId,
    );
    const requestId = askedId({ serverId, rawId }) ?? kept?.[0];
    return Buffer.from(JSON.stringify({ ...message, params: { ...params, requestId } }));
  }
}

function parsed(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}
