import { parentPort, workerData } from 'node:worker_threads';
import { KeyedDigest } from '../arguments/keyed-digest.js';
import { describeAnchor } from '../chain/anchors.js';
import { FolderClaim, HEARTBEAT_MS } from '../spool/folder-claim.js';
import { PostgresSink } from './postgres-sink.js';
import type { FromShipper, ShipperStart, ToShipper } from './shipper-messages.js';
import { Shipping } from './shipping.js';

// The shipper's thread: hashing, chaining and inserting cost the event loop of the calls nothing.

const { root, writerId, folder, claimName, databaseUrl, chainKey } = workerData as ShipperStart;
const digest = new KeyedDigest(Buffer.from(chainKey));
const nowMs = (): number => Date.now();
let wake: () => void = () => undefined;
let partitionsMade: (error: string | undefined) => void = () => undefined;

const sink = new PostgresSink({
  url: databaseUrl,
  digest,
  createPartitions: (rows) =>
    new Promise((resolve, reject) => {
      partitionsMade = (error) => {
        if (error === undefined) resolve();
        else reject(new Error(error));
      };
      tell({
        kind: 'partitions',
        daysMs: [...new Set(rows.map(({ row }) => Math.floor(row.timestampMs / 86_400_000)))].map(
          (day) => day * 86_400_000,
        ),
      });
    }),
  anchored: (anchor) => {
    tell({ kind: 'log', level: 'log', message: describeAnchor(anchor) });
  },
});

const shipping = new Shipping({
  root,
  own: { writerId, folder, claim: new FolderClaim(folder, claimName) },
  sink,
  digest,
  nowMs,
  report: (level, message) => {
    tell({ kind: 'log', level, message });
  },
  figures: (figures) => {
    tell({ kind: 'figures', figures });
  },
  pause: (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }),
});

const heartbeat = setInterval(() => {
  shipping.renewClaims();
}, HEARTBEAT_MS);

parentPort?.on('message', (message: ToShipper) => {
  if (message.kind === 'partitions') {
    partitionsMade(message.error);
    return;
  }
  clearInterval(heartbeat);
  shipping.finishBy(nowMs() + message.withinMs);
  wake();
});

const complete = await shipping.run();
shipping.release();
await sink.close().catch(() => undefined);
tell({ kind: 'finished', complete });
parentPort?.close();

function tell(message: FromShipper): void {
  parentPort?.postMessage(message);
}
