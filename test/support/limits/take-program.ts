import { RedisClient } from '../../../src/modules/cache/index.js';
import { type Demand, MemoryBuckets, SharedBuckets } from '../../../src/modules/rate-limit/index.js';

/** One replica's limits as a process: told `{ times, demands }`, it asks so often at once and says how many passed. */
const client = new RedisClient(process.argv[2] ?? '');
const buckets = new SharedBuckets(client, new MemoryBuckets(() => Math.floor(performance.now() * 1000)));

process.on('message', ({ times, demands }: { times: number; demands: Demand[] }) => {
  void Promise.all(Array.from({ length: times }, async () => buckets.take(demands))).then((decisions) => {
    process.send?.({ passed: decisions.filter(({ allowed }) => allowed).length });
  });
});
client.connect();
while (!client.isReady) await new Promise((resolve) => setTimeout(resolve, 10));
process.send?.({ ready: true });
