// The built gateway in a process of its own, whose time the test decides and whose memory it may ask for. Told over IPC:
// { id, ask: 'advance', ms } lets time pass, and what is due with it; { id, ask: 'memory' } collects garbage and counts.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../../dist/app.setup.js';
import { readConfig } from '../../../dist/config/config.js';
import { Secrets } from '../../../dist/config/secrets.js';
import { Egress } from '../../../dist/egress/egress.js';
import { egressPolicy } from '../../../dist/egress-policy.js';
import { Clock } from '../../../dist/kernel/clock.js';
import { SessionPool } from '../../../dist/modules/gateway/bridge/modern-to-legacy/session-pool.js';
import { GatewayUpkeep } from '../../../dist/modules/gateway/gateway-upkeep.js';
import { Startup } from '../../../dist/startup.js';

/** More than once: what a first collection finalises, a later one frees. */
const COLLECTIONS = 4;

class AdvancedClock extends Clock {
  aheadMs = 0;

  now() {
    return new Date(Date.now() + this.aheadMs);
  }
}

const clock = new AdvancedClock();
const config = readConfig(process.env);
const policy = egressPolicy(config);
const egress = new Egress({ policy, connectTimeoutMs: config.upstream.connectTimeoutMs });
const { url, ownerUrl } = config.database;
const secrets = new Secrets(['a key for tests only']);
const app = await createApp({ config, urls: { url, ownerUrl: ownerUrl ?? url, readUrls: [] }, egress, secrets, clock });
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address();
policy.protect({ host: '127.0.0.1', port });
await app.get(Startup).run(config.database.migrationsRun);

const ANSWERS = {
  advance: async ({ ms }) => {
    clock.aheadMs += ms;
    app.get(SessionPool).sweep();
    await app.get(GatewayUpkeep).sweep();
  },
  memory: async () => {
    for (let i = 0; i < COLLECTIONS; i += 1) {
      globalThis.gc();
      await sleep(50);
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { usedBytes: heapUsed + external, rssBytes: rss };
  },
};

process.on('message', (message) => {
  void ANSWERS[message.ask](message).then((answer) => {
    process.send({ id: message.id, answer });
  });
});
// Whoever decides the time is gone.
process.on('disconnect', () => process.exit());
process.send({ listening: `http://127.0.0.1:${String(port)}` });
