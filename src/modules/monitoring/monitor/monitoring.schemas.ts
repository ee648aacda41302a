import { z } from 'zod';
import { cursor, flag, limit, text } from '../../../http/text.js';
import { SEVERITIES } from './alert-level.js';

const Severity = z.enum(SEVERITIES);
const REPLICA_EXAMPLE = 'gateway-0-17';

export const FindAlerts = z.strictObject({
  metric: text(100).describe('`database_query_time`, ...').optional(),
  severity: Severity.optional(),
  open: flag.describe('`true`: not cleared yet; `false`: cleared').optional(),
  limit: limit(50),
  cursor,
});

const Alert = z
  .object({
    id: z.uuid(),
    metric: z.string(),
    subject: z.string().nullable().describe('What the figure is about; `null`: the service itself'),
    replica: z.string(),
    severity: Severity,
    value: z.number(),
    unit: z.string(),
    threshold: z.number(),
    message: z.string(),
    raisedAt: z.iso.datetime(),
    clearedAt: z.iso.datetime().nullable().describe('`null` while it is open'),
  })
  .meta({ id: 'PerformanceAlert' });

export const AlertPage = z.object({ items: z.array(Alert), nextCursor: z.string().nullable() }).meta({
  id: 'PerformanceAlertPage',
  examples: [
    {
      items: [
        {
          id: '019aa8f0-7d3c-7000-8000-3f2a1b0c9d8e',
          metric: 'database_query_time',
          subject: null,
          replica: REPLICA_EXAMPLE,
          severity: 'warning',
          value: 182.4,
          unit: 'milliseconds',
          threshold: 100,
          message: 'database_query_time warning: 182.4 milliseconds',
          raisedAt: '2026-11-23T12:00:00.000Z',
          clearedAt: null,
        },
      ],
      nextCursor: null,
    },
  ],
});

const Metric = z
  .object({
    metric: z.string(),
    unit: z.string(),
    replica: z.string(),
    better: z.enum(['lower', 'higher']).describe('Which way is better'),
    warning: z.number(),
    critical: z.number(),
    alert: Severity.nullable().describe('The open alert'),
    current: z.number(),
    average: z.number(),
    min: z.number(),
    max: z.number(),
    p95: z.number(),
    standardDeviation: z.number(),
    sampleCount: z.int(),
    trend: z
      .enum(['improving', 'degrading', 'stable', 'insufficient_data'])
      .describe('The second half of the hour against the first; 10 samples at least'),
  })
  .meta({ id: 'MetricSummary' });

export const MonitoringSummary = z
  .object({
    scope: z.enum(['this replica']).describe('Whose figures these are'),
    generatedAt: z.iso.datetime(),
    status: z.enum(['ok', ...SEVERITIES]).describe('The worst of the open alerts'),
    metrics: z.array(Metric),
  })
  .meta({
    id: 'MonitoringSummary',
    examples: [
      {
        scope: 'this replica',
        generatedAt: '2026-11-23T12:00:00.000Z',
        status: 'ok',
        metrics: [
          {
            metric: 'database_query_time',
            unit: 'milliseconds',
            replica: REPLICA_EXAMPLE,
            better: 'lower',
            warning: 100,
            critical: 500,
            alert: null,
            current: 1.2,
            average: 1.4,
            min: 0.9,
            max: 4.1,
            p95: 2.2,
            standardDeviation: 0.4,
            sampleCount: 120,
            trend: 'stable',
          },
        ],
      },
    ],
  });
