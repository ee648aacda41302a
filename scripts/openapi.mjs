// `npm run openapi`: writes the OpenAPI document to docs/openapi.json; with --check it only compares,
// and lints the document with Redocly's recommended rules.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createConfig, lint } from '@redocly/openapi-core';
import { build, root } from './build.mjs';

const file = path.join(root, 'docs/openapi.json');
build();
const { openApiJson } = await import('../dist/openapi-json.js');
const text = await openApiJson();

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) fail('docs/openapi.json is stale: run `npm run openapi` and commit it.');
} else {
  writeFileSync(file, text);
  process.stdout.write('Wrote docs/openapi.json\n');
}

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    // Probes and metrics cannot refuse a caller; everything else documents its 4xx.
    'operation-4xx-response': 'off',
    // Relative on purpose: the document is served by the service itself.
    'no-server-example.com': 'off',
    'operation-operationId': 'error',
    'operation-summary': 'error',
    'tag-description': 'error',
    'no-invalid-media-type-examples': 'error',
    'no-invalid-schema-examples': 'error',
  },
});
const problems = await lint({ ref: file, config });
for (const { severity, ruleId, message, location } of problems) {
  process.stdout.write(`${severity} ${ruleId}: ${message} at ${location[0]?.pointer ?? ''}\n`);
}
if (problems.length > 0) fail(`The OpenAPI linter has ${problems.length} objections.`);
process.stdout.write('The OpenAPI document is up to date, and the linter has no objections.\n');
process.exit(0);

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
