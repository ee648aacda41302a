import { z } from 'zod';
import { cursor, flag, limit, text } from '../../../http/text.js';

const at = z.iso.datetime({ offset: true }).transform((given) => new Date(given));

const filters = {
  user: text(500).describe('Who called: a subject').optional(),
  tool: text(1000).describe("The tool under its server's own name").optional(),
  server: text(200).describe("A server's name, or its id").optional(),
  action: text(100).describe('`tools/call`, `servers.register`, ...').optional(),
  success: flag.describe('Calls without an outcome are neither').optional(),
  from: at.describe('From then on').optional(),
  to: at.describe('Before then').optional(),
  correlationId: text(128).optional(),
};

export const FindEvents = z.strictObject({ ...filters, limit: limit(50), cursor });
export const ExportEvents = z.strictObject(filters);
export const AuditWindow = z.strictObject({ from: filters.from, to: filters.to });

const EXAMPLE = {
  id: '019aa8f0-7d3c-7000-8000-3f2a1b0c9d8e',
  timestamp: '2026-11-23T12:00:00.000Z',
  userId: 'local-admin',
  principalKind: 'local',
  clientId: null,
  action: 'tools/call',
  serverId: '019aa8ef-1111-7000-8000-3f2a1b0c9d8e',
  serverName: 'weather',
  toolName: 'get_forecast',
  definitionHash: '4a5c0c7d5d3ad3f7a1f0f5c7b1d7c1d3a8b6c9e0f1a2b3c4d5e6f708192a3b4c',
  argumentsHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  arguments: null,
  state: 'completed',
  success: true,
  errorCode: null,
  durationMs: 12.5,
  requestBytes: 214,
  responseBytes: 512,
  clientIp: '127.0.0.1',
  correlationId: '019aa8f0-7d3b-7000-8000-aabbccddeeff',
  era: 'modern',
  writerId: '019aa8e0-0000-7000-8000-3f2a1b0c9d8e',
  seq: 42,
};

export const AuditEvent = z
  .object({
    id: z.uuid(),
    timestamp: z.iso.datetime(),
    userId: z.string(),
    principalKind: z.string(),
    clientId: z.string().nullable(),
    action: z.string(),
    serverId: z.uuid().nullable(),
    serverName: z.string().nullable(),
    toolName: z.string().nullable(),
    definitionHash: z.string().nullable(),
    argumentsHash: z.string().nullable().describe('HMAC-SHA-256 over the arguments as the caller wrote them'),
    arguments: z.unknown().describe('Redacted; only with AUDIT_ARGUMENTS=redacted'),
    state: z.enum(['completed', 'interrupted']).describe('`interrupted`: the process ended during the call'),
    success: z.boolean().nullable(),
    errorCode: z.string().nullable(),
    durationMs: z.number().nullable(),
    requestBytes: z.number().nullable(),
    responseBytes: z.number().nullable(),
    clientIp: z.string().nullable(),
    correlationId: z.string().nullable(),
    era: z.string().nullable(),
    writerId: z.uuid().nullable().describe('Whose chain the record is in'),
    seq: z.number().nullable().describe('Its place there'),
  })
  .meta({ id: 'AuditEvent', examples: [EXAMPLE] });

export const AuditEventPage = z
  .object({ items: z.array(AuditEvent), nextCursor: z.string().nullable() })
  .meta({ id: 'AuditEventPage', examples: [{ items: [EXAMPLE], nextCursor: null }] });

const Figures = z.object({
  calls: z.number(),
  errors: z.number(),
  interrupted: z.number(),
  errorRate: z.number().describe('Errors among calls, from 0 to 1'),
  p95DurationMs: z.number().nullable(),
});

const FIGURES = { calls: 120, errors: 3, interrupted: 0, errorRate: 0.025, p95DurationMs: 48.2 };

export const AuditStats = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    total: Figures,
    tools: z.array(Figures.extend({ tool: z.string() })).describe('The 100 most called'),
    users: z.array(Figures.extend({ user: z.string() })).describe('The 100 who called most'),
  })
  .meta({
    id: 'AuditStats',
    examples: [
      {
        from: '2026-11-22T12:00:00.000Z',
        to: '2026-11-23T12:00:00.000Z',
        total: FIGURES,
        tools: [{ tool: 'get_forecast', ...FIGURES }],
        users: [{ user: 'local-admin', ...FIGURES }],
      },
    ],
  });

const BreakSchema = z.object({
  kind: z.enum(['changed', 'missing', 'unanchored', 'anchor_changed', 'anchor_missing']),
  writerId: z.uuid().nullable(),
  seq: z.number().nullable(),
  id: z.uuid().nullable().describe('Of the record that is changed, or of the one behind those that are missing'),
  timestamp: z.iso.datetime().nullable(),
  detail: z.string(),
});

export const AuditVerification = z
  .object({
    intact: z.boolean(),
    records: z.number().describe('Records that were checked and are right'),
    writers: z.number(),
    anchors: z.number(),
    firstBreak: BreakSchema.nullable(),
    breaks: z.array(BreakSchema).describe('The first of each chain, at most 100'),
  })
  .meta({
    id: 'AuditVerification',
    examples: [{ intact: true, records: 1204, writers: 2, anchors: 9, firstBreak: null, breaks: [] }],
  });
