import { readFileSync } from 'node:fs';
import path from 'node:path';

const manifest = path.join(import.meta.dirname, '../../../package.json');

/** The version in `package.json`. */
export const SERVICE_VERSION: string = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
