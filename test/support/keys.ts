import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Role } from '../../src/kernel/role.js';
import { startTestApp, type TestApp, type TestAppOptions } from './app.js';

/** An API key as an operator would make one for `BOOTSTRAP_ADMIN_KEY`. */
export function madeUpKey(): string {
  return `mrg_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
}

export function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

export interface KeysApp extends TestApp {
  /** Of the first administrator, an operator. */
  readonly adminKey: string;
  /** A new key, made by the first administrator. */
  issue(roles: readonly Role[], more?: Record<string, unknown>): Promise<{ readonly id: string; readonly key: string }>;
}

/** The application with `AUTH_MODE=keys`. */
export async function startKeysApp(options: TestAppOptions & { readonly adminKey?: string } = {}): Promise<KeysApp> {
  const { adminKey = madeUpKey(), environment, ...rest } = options;
  const app = await startTestApp({
    ...rest,
    environment: {
      AUTH_MODE: 'keys',
      SECRETS_KEY: 'k'.repeat(32),
      BOOTSTRAP_ADMIN_KEY: adminKey,
      ALLOWED_HOSTS: '127.0.0.1',
      EGRESS_ALLOW: '127.0.0.0/8',
      ...environment,
    },
  });
  return {
    ...app,
    adminKey,
    issue: async (roles, more = {}) => {
      const body = { name: 'test', roles, ...more };
      const issued = await app.request('POST', '/api/v1/api-keys', body, bearer(adminKey));
      expect(issued, JSON.stringify(issued.body)).toMatchObject({ status: 201 });
      return issued.body;
    },
  };
}
