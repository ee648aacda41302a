import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { announce, appLogger, createApp } from './app.setup.js';
import type { Config } from './config/config.js';
import { loadSecrets } from './config/secrets.js';
import { openDatabase } from './database/open-database.js';
import { Drain } from './drain.js';
import { Egress } from './egress/egress.js';
import { egressPolicy } from './egress-policy.js';
import { EndSignals } from './end-signals.js';
import { Startup } from './startup.js';

/** Starts the service and returns when it is ready. It ends at SIGTERM and SIGINT. */
export async function serve(config: Config): Promise<void> {
  Logger.overrideLogger(appLogger(config.log));
  const signals = new EndSignals(new Logger('Service'));
  const policy = egressPolicy(config);
  const secrets = loadSecrets(config);
  const database = await openDatabase(config);
  signals.handle(() => database.close());
  if (signals.received) return;
  try {
    for (const endpoint of database.endpoints) policy.protect(endpoint);
    const egress = new Egress({ policy, connectTimeoutMs: config.upstream.connectTimeoutMs });
    const app = await createApp({ config, urls: database.urls, egress, secrets });
    const server = app.getHttpServer();
    const drain = new Drain(app, server, config.shutdown);
    signals.handle(async (signal) => {
      // A terminal has no load balancer that must learn of it first.
      await drain.run({ delay: signal === 'SIGTERM' });
      await database.close();
    });
    if (signals.received) return;
    await listen(app, server, config.http);
    const { port } = server.address() as AddressInfo;
    policy.protect({ host: config.http.host, port });
    await app.get(Startup).run(config.database.migrationsRun);
    if (!signals.received)
      announce(config.http.publicUrl ?? `http://${hostInUrl(config.http.host)}:${String(port)}`, config);
  } catch (error) {
    // What fails because everything is being closed is no failure to start.
    if (signals.received) return;
    await database.close();
    throw error;
  }
}

async function listen(app: NestFastifyApplication, server: Server, { host, port }: Config['http']): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'EADDRINUSE') {
      throw new Error(
        `port ${String(port)} on ${host} is taken: stop what listens there, or choose another with PORT`,
        { cause: error },
      );
    }
    if (error.code === 'EACCES') {
      throw new Error(`port ${String(port)} may not be opened by this user: choose one above 1023 with PORT`, {
        cause: error,
      });
    }
    throw error;
  }
  if (!server.listening) await once(server, 'listening');
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
