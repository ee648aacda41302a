import { describe, expect, it } from 'vitest';
import { parseBody, ParsedBody } from '../../../mcp/parse-body.js';
import type { ClientSession } from './client-session.js';
import { ServerRequests } from './server-requests.js';

const SERVER = '0198c0de-0000-7000-8000-000000000001';
// Only its identity counts.
const session = {} as ClientSession;

function answer(id: unknown): ParsedBody {
  const body = parseBody(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: { a: 1 } })));
  if (!(body instanceof ParsedBody)) throw body;
  return body;
}

function outward(requests: ServerRequests, message: object) {
  return JSON.parse(
    requests.outward(session, SERVER, Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))).toString(),
  );
}

describe('ServerRequests', () => {
  it.each([1, 'a', 'x'.repeat(400)])('takes the answer to a request with the id %s back to its server', (id) => {
    const requests = new ServerRequests();
    const asked = outward(requests, { id, method: 'roots/list' });
    expect(asked.id).not.toBe(id);
    const inward = requests.inward(session, answer(asked.id));
    expect(inward?.serverId).toBe(SERVER);
    expect(JSON.parse(String(inward?.bytes))).toEqual({ jsonrpc: '2.0', id, result: { a: 1 } });
  });

  it('takes it back on a replica that never saw the request', () => {
    const asked = outward(new ServerRequests(), { id: 7, method: 'roots/list' });
    expect(String(new ServerRequests().inward(session, answer(asked.id))?.bytes)).toContain('"id":7');
  });

  it('knows no other ids', () => {
    expect(new ServerRequests().inward(session, answer('gateway-1'))).toBeUndefined();
    expect(new ServerRequests().inward(session, answer(1))).toBeUndefined();
  });

  it.each([1, 'x'.repeat(400)])('names a request that its server takes back as the client knows it: %s', (id) => {
    const requests = new ServerRequests();
    const asked = outward(requests, { id, method: 'elicitation/create', params: {} });
    const cancelled = outward(requests, {
      method: 'notifications/cancelled',
      params: { requestId: id, reason: 'late' },
    });
    expect(cancelled.params).toEqual({ requestId: asked.id, reason: 'late' });
  });

  it('passes all other notifications as they are', () => {
    const data = Buffer.from(
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"notifications/cancelled"}}',
    );
    expect(new ServerRequests().outward(session, SERVER, data)).toBe(data);
  });
});
