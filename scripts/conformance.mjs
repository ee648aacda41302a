// `npm run conformance [-- --direct] [-- --revision 2026-07-28]`: the official conformance suite against the gateway
// in front of a conformant upstream (`--direct`: against that upstream itself). Scored scenarios decide; there is no
// list of expected failures.
import { register } from 'tsx/esm/api';
import { buildWhenMissing } from './build.mjs';

if (!process.argv.includes('--direct')) buildWhenMissing();
register();
const { runConformance } = await import('../test/conformance/run.ts');
process.exit(await runConformance(process.argv.slice(2)));
