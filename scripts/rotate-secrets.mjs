// `npm run secrets:rotate`: encrypts stored credentials with the first key of SECRETS_KEY (docs/security.md).
import { buildWhenMissing } from './build.mjs';

buildWhenMissing();
const { runRotation } = await import('../dist/rotate-secrets.js');
await runRotation();
