import { Worker } from 'node:worker_threads';

/**
 * `fdatasync` on a thread that does nothing else. In libuv's pool it would wait behind compression, name look-ups
 * and cryptography. As text, since it is all that the thread runs.
 */
const PROGRAM = `
  const { fdatasyncSync, fsyncSync } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ files, folder }) => {
    try {
      for (const fd of files) fdatasyncSync(fd);
      if (folder !== undefined) fsyncSync(folder);
      parentPort.postMessage(undefined);
    } catch (error) {
      parentPort.postMessage(error.message);
    }
  });`;

/** Makes what was written to files durable, one request after the other. */
export interface Syncer {
  /**
   * Calls back once every file (and the folder's entries, where its descriptor is given) is on disk, or with
   * what went wrong. One request at a time.
   */
  sync(files: readonly number[], folder: number | undefined, done: (error: string | undefined) => void): void;
  close(): Promise<void>;
}

export class SyncThread implements Syncer {
  readonly #worker = new Worker(PROGRAM, {
    eval: true,
    name: 'audit sync',
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  #done: ((error: string | undefined) => void) | undefined;
  #ended = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (error: string | undefined) => {
      this.#answer(error);
    });
    this.#worker.on('error', (error) => {
      this.#answer(String(error));
    });
    this.#worker.on('exit', () => {
      this.#ended = true;
      this.#answer('the sync thread has ended');
    });
  }

  sync(files: readonly number[], folder: number | undefined, done: (error: string | undefined) => void): void {
    this.#done = done;
    if (this.#ended) this.#answer('the sync thread has ended');
    else this.#worker.postMessage({ files, folder });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #answer(error: string | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}
