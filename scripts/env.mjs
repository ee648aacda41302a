// `npm run env`: writes the secrets that docker-compose.yml needs to .env, readable by its owner only. What is
// there already stays: another SECRETS_KEY could not read what the first one encrypted.
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../.env'));
const secrets = {
  SECRETS_KEY: () => randomBytes(32).toString('hex'),
  BOOTSTRAP_ADMIN_KEY: () => `mrg_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`,
  METRICS_TOKEN: () => randomBytes(32).toString('hex'),
};

const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
const given = (name) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*\\S`, 'm').test(text);
const missing = Object.entries(secrets).filter(([name]) => !given(name));
const separator = text === '' || text.endsWith('\n') ? '' : '\n';
const lines = missing.map(([name, make]) => `${name}=${make()}\n`);
appendFileSync(file, separator + lines.join(''), { mode: 0o600 });
chmodSync(file, 0o600);
const names = missing.map(([name]) => name).join(', ');
process.stdout.write(
  missing.length > 0 ? `Wrote ${names} to ${file}\n` : `${file} has all of them; nothing was changed\n`,
);
