// `npm run config`: the effective configuration, secrets masked.
import { buildWhenMissing } from './build.mjs';

buildWhenMissing();
await import('../dist/config/print.js');
