import { type Config, readConfig } from './config.js';

/** The configuration of this process. The only reader of `process.env`. */
export function processConfig(): Config {
  return readConfig(process.env, process.stdout.isTTY);
}
