import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError } from './config/config.js';
import { processConfig } from './config/process-config.js';
import { messageOf } from './kernel/app-error.js';
import { serve } from './serve.js';

try {
  await serve(processConfig());
} catch (error) {
  // The configuration's own message says it all; elsewhere the stack may help.
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else
    new Logger('Service').fatal(
      `The service cannot start: ${messageOf(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
  process.exit(1);
}
