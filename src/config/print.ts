import { ConfigError } from './config.js';
import { masked } from './mask.js';
import { processConfig } from './process-config.js';

// `npm run config`: what the service would start with, secrets masked.
try {
  process.stdout.write(`${JSON.stringify(masked(processConfig()), undefined, 2)}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
