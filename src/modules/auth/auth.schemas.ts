import { z } from 'zod';
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
