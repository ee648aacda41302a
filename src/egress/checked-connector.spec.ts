import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressPolicy } from './address-policy.js';
import { Egress } from './egress.js';

/** Self-signed, for upstream.test alone, until 2126. Nothing else trusts it. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBcdTvhW8pkUdzvsD
rjkzTfUnJ+++dgCBfzA2CGvMamKhRANCAASiqTPFUf0fl2vn5rFI/tXfUnbU726E
1J3rXS2w/RLxDjw/XcLQpAtHonnyZ3ZFY634JVXYCygrKlTmbRdt1DzY
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUe1gC6hy3yydLgvInV72/qtXBS0swCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNdXBzdHJlYW0udGVzdDAgFw0yNjExMjMyMzQ0MjNaGA8yMTI2
MTAzMDIzNDQyM1owGDEWMBQGA1UEAwwNdXBzdHJlYW0udGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABKKpM8VR/R+Xa+fmsUj+1d9SdtTvboTUnetdLbD9EvEO
PD9dwtCkC0eiefJndkVjrfglVdgLKCsqVOZtF23UPNijbTBrMB0GA1UdDgQWBBSd
O7wViJmVuSwuewO190EZ0ErhWTAfBgNVHSMEGDAWgBSdO7wViJmVuSwuewO190EZ
0ErhWTAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDXVwc3RyZWFtLnRlc3Qw
CgYIKoZIzj0EAwIDSQAwRgIhAIp7zSpCSri/nNyKE9C/alT1CIU7/vheOs1R4rPH
VnVpAiEAlgOMkjUz22dxWO0+KCkFnsSLJLVDLd3lf4ZIdmOJkXU=
-----END CERTIFICATE-----`;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Listens on one address; connections die with it. */
async function listen(server: Server, host: string, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

async function tlsUpstream(): Promise<{ port: number; names: unknown[] }> {
  const names: unknown[] = [];
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
    names.push((request.socket as TLSSocket).servername);
    response.end(request.socket.localAddress);
  });
  return { port: await listen(server, '127.0.0.1'), names };
}

function egressTo(addresses: readonly string[], connectTimeoutMs = 2000): Egress {
  const policy = new EgressPolicy({ allow: [], deny: ['127.0.0.66'], allowPrivate: true, own: [] });
  const resolver = { resolve: () => Promise.resolve(addresses) };
  const egress = new Egress({ policy, resolver, connectTimeoutMs, ca: CERTIFICATE });
  cleanups.push(() => egress.close(0));
  return egress;
}

const limit = { maxResponseBytes: 1024 };

describe('the checked connector', () => {
  it('verifies the name that was asked for, though it connects to an address', async () => {
    const { port, names } = await tlsUpstream();
    const fetch = egressTo(['127.0.0.1']).createFetch(limit);
    for (const host of ['upstream.test', 'upstream.test.']) {
      expect(await (await fetch(`https://${host}:${port}/`)).text()).toBe('127.0.0.1');
    }
    expect(names).toEqual(['upstream.test', 'upstream.test']);
    for (const host of ['other.test', '127.0.0.1']) {
      const message = expect.stringContaining('does not match certificate');
      await expect(fetch(`https://${host}:${port}/`)).rejects.toMatchObject({ code: 'egress.unreachable', message });
    }
  });

  it('tries the addresses in order', async () => {
    const { port } = await tlsUpstream();
    const fetch = egressTo(['127.0.0.9', '127.0.0.1']).createFetch(limit);
    expect(await (await fetch(`https://upstream.test:${port}/`)).text()).toBe('127.0.0.1');
  });

  it('leaves time for the next address when one does not answer', async () => {
    const { port } = await tlsUpstream();
    await listen(createTcpServer(), '127.0.0.2', port);
    const fetch = egressTo(['127.0.0.2', '127.0.0.1']).createFetch(limit);
    expect(await (await fetch(`https://upstream.test:${port}/`)).text()).toBe('127.0.0.1');
  });

  it('connects to none when one of them is refused', async () => {
    const { port, names } = await tlsUpstream();
    const fetch = egressTo(['127.0.0.1', '127.0.0.66']).createFetch(limit);
    await expect(fetch(`https://upstream.test:${port}/`)).rejects.toMatchObject({
      code: 'egress.denied',
      data: { address: '127.0.0.66', rule: 'EGRESS_DENY 127.0.0.66' },
    });
    expect(names).toEqual([]);
  });

  it.each([['127.0.0.1'], ['127.0.0.1', '127.0.0.1']])('gives up in time (%s)', async (...addresses) => {
    const port = await listen(createTcpServer(), '127.0.0.1');
    const fetch = egressTo(addresses, 100).createFetch(limit);
    const timeout = { code: 'egress.timeout', kind: 'upstream_timeout', message: expect.stringContaining('100 ms') };
    await expect(fetch(`https://upstream.test:${port}/`)).rejects.toMatchObject(timeout);
  });

  it('gives up in time on a look-up that hangs', async () => {
    const policy = new EgressPolicy({ allow: [], deny: [], allowPrivate: true, own: [] });
    const egress = new Egress({
      policy,
      connectTimeoutMs: 50,
      resolver: { resolve: () => new Promise(() => undefined) },
    });
    cleanups.push(() => egress.close(0));
    await expect(egress.createFetch(limit)('http://slow.test/')).rejects.toMatchObject({ code: 'egress.unresolvable' });
  });
});
