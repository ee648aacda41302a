import { z } from 'zod';
import { text } from '../../http/text.js';
import { ROLES } from '../../kernel/role.js';

export const Me = z
  .object({
    kind: z.enum(['local', 'user', 'service', 'api_key', 'anonymous']),
    tenantId: z.string(),
    subject: z.string().describe('Stable in its tenant'),
    clientId: z.string().nullable().describe('The application that acts for the subject'),
    roles: z.array(z.enum(ROLES)),
    operator: z.boolean().describe('May do what concerns all tenants'),
  })
  .meta({
    id: 'Me',
    examples: [
      {
        kind: 'api_key',
        tenantId: 'local',
        subject: 'key:3f2a1b0c9d8e',
        clientId: null,
        roles: ['service'],
        operator: false,
      },
    ],
  });

export const ProtectedResourceMetadata = z
  .object({
    resource: z.url(),
    authorization_servers: z.array(z.url()).optional(),
    bearer_methods_supported: z.array(z.string()),
    scopes_supported: z.array(z.string()).optional(),
    resource_name: z.string(),
  })
  .meta({
    id: 'ProtectedResourceMetadata',
    examples: [
      {
        resource: 'https://gateway.example.com/mcp',
        authorization_servers: ['https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0'],
        bearer_methods_supported: ['header'],
        scopes_supported: ['https://gateway.example.com/mcp/.default'],
        resource_name: 'MCP Registry Gateway',
      },
    ],
  });

export const Revoke = z
  .strictObject({
    token: text(20_000).min(1).describe('A token of your own tenant').optional(),
    subject: text(500).min(1).describe('Everything issued to this subject of your tenant until now').optional(),
  })
  .refine(({ token, subject }) => (token === undefined) !== (subject === undefined), 'give a token or a subject')
  .meta({ id: 'Revoke', examples: [{ subject: '3f1d2c9a-7b54-4e0e-9f0a-5a6b7c8d9e0f' }] });

export const AuthStatistics = z
  .object({
    hits: z.int().describe('Tokens that were known already'),
    misses: z.int(),
    hitRate: z.number().nullable().describe('Percent, two decimals; null before the first token'),
    averageValidationMs: z.number().nullable(),
    p95ValidationMs: z.number().nullable(),
    keySet: z
      .object({
        cached: z.boolean(),
        expiresAt: z.iso.datetime().nullable().describe('When it is read anew'),
        keysCount: z.int(),
        hits: z.int(),
        misses: z.int(),
      })
      .nullable()
      .describe('Of the directory; null without Entra'),
  })
  .meta({
    id: 'AuthStatistics',
    examples: [
      {
        hits: 9500,
        misses: 500,
        hitRate: 95,
        averageValidationMs: 1.2,
        p95ValidationMs: 2.5,
        keySet: { cached: true, expiresAt: '2026-11-23T13:00:00.000Z', keysCount: 4, hits: 500, misses: 0 },
      },
    ],
  });
