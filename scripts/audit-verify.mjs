// `npm run audit:verify -- [--from ...] [--to ...]`: whether audit records were changed, removed or reordered (docs/audit.md).
import { buildWhenMissing } from './build.mjs';

buildWhenMissing();
const { runVerification } = await import('../dist/verify-audit.js');
await runVerification();
