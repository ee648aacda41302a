import { open, rm } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { Histogram } from './histogram.js';

const SYNCS = 200;
const RECORD = Buffer.alloc(512, 'x');

/** Where figures were taken, in one line. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${cpus().length} x ${first?.model.trim() ?? 'unknown processor'}, ${memory} GB, ${type()} ${release()}, Node ${process.versions.node}, load average ${load} at the start`;
}

/** How long an append and its `fdatasync` take in a folder: what durability costs there. */
export async function measureFdatasync(folder: string): Promise<Histogram> {
  const file = path.join(folder, `fdatasync-${process.pid}.tmp`);
  const latencies = new Histogram();
  const handle = await open(file, 'a');
  try {
    for (let count = 0; count < SYNCS; count += 1) {
      const begun = performance.now();
      await handle.write(RECORD);
      await handle.datasync();
      latencies.record(performance.now() - begun);
    }
  } finally {
    await handle.close();
    await rm(file);
  }
  return latencies;
}
