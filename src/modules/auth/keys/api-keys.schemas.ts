import { z } from 'zod';
import { cursor, limit, text } from '../../../http/text.js';
import { ROLES } from '../../../kernel/role.js';
import type { ApiKeyRecord } from './api-keys.repository.js';
import type { IssuedApiKey } from './api-keys.service.js';

const MAX_OVERLAP_SECONDS = 30 * 86_400;

const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length).describe('At most those of whoever makes the key');

export const IssueApiKey = z
  .strictObject({
    name: text(200).min(1).describe('What the key is for'),
    roles,
    expiresAt: z.iso
      .datetime({ offset: true })
      .transform((given) => new Date(given))
      .describe('None: until it is revoked')
      .optional(),
    tenantId: text(200).min(1).describe('Another tenant than your own: for operators').optional(),
    operator: z.boolean().describe('May do what concerns all tenants: for operators').optional(),
  })
  .meta({ id: 'IssueApiKey', examples: [{ name: 'nightly import', roles: ['service'] }] });

export const RotateApiKey = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(86_400)
      .describe('How long the secret that was stays good'),
  })
  .meta({ id: 'RotateApiKey', examples: [{ overlapSeconds: 3600 }] });

export const ApiKeyId = z.strictObject({ id: z.uuid() });
export const ListApiKeys = z.strictObject({ limit: limit(50), cursor });

const EXAMPLE = {
  id: '019aa8f0-7d3c-7000-8000-3f2a1b0c9d8e',
  tenantId: 'local',
  name: 'nightly import',
  selector: '3f2a1b0c9d8e',
  roles: ['service'],
  operator: false,
  createdBy: 'key:7d1b3e0a9c55',
  createdAt: '2026-11-23T12:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

const fields = {
  id: z.uuid(),
  tenantId: z.string(),
  name: z.string(),
  selector: z.string().describe('The part of the key that is no secret'),
  roles: z.array(z.enum(ROLES)),
  operator: z.boolean(),
  createdBy: z.string().describe('A subject'),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().describe('Written once a minute'),
  revokedAt: z.iso.datetime().nullable(),
};

export const ApiKeyResponse = z.object(fields).meta({ id: 'ApiKey', examples: [EXAMPLE] });
export const ApiKeyPage = z
  .object({ items: z.array(ApiKeyResponse), nextCursor: z.string().nullable() })
  .meta({ id: 'ApiKeyPage' });
export const IssuedApiKeyResponse = z.object({ ...fields, key: z.string().describe('Shown this once') }).meta({
  id: 'IssuedApiKey',
  examples: [{ ...EXAMPLE, key: 'mrg_3f2a1b0c9d8e_pZ3m0ZyqT2v1Jx8kq1Yb7cN4sW6uR9eHfLdKgMhXoA0' }],
});

export function apiKeyOnWire(record: ApiKeyRecord): z.output<typeof ApiKeyResponse> {
  const { id, tenantId, name, selector, operator, createdBy } = record;
  return {
    id,
    tenantId,
    name,
    selector,
    roles: [...record.roles],
    operator,
    createdBy,
    createdAt: record.createdAt.toISOString(),
    expiresAt: record.expiresAt?.toISOString() ?? null,
    lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
    revokedAt: record.revokedAt?.toISOString() ?? null,
  };
}

export function issuedOnWire({ record, key }: IssuedApiKey): z.output<typeof IssuedApiKeyResponse> {
  return { ...apiKeyOnWire(record), key };
}
