import { z } from 'zod';

const Status = z.enum(['healthy', 'degraded', 'unhealthy']);
const ComponentSchema = z.object({ status: Status, detail: z.string().optional() });

export const HealthResponse = z
  .object({
    status: Status,
    timestamp: z.iso.datetime(),
    version: z.string(),
    uptimeSeconds: z.number(),
    components: z.object({
      database: ComponentSchema,
      cache: ComponentSchema,
      upstreams: ComponentSchema,
      audit: ComponentSchema,
    }),
  })
  .meta({
    id: 'Health',
    examples: [
      {
        status: 'healthy',
        timestamp: '2026-11-23T12:00:00.000Z',
        version: '0.1.0',
        uptimeSeconds: 42,
        components: {
          database: { status: 'healthy' },
          cache: { status: 'healthy', detail: 'in process' },
          upstreams: { status: 'healthy', detail: '3 healthy' },
          audit: { status: 'healthy' },
        },
      },
    ],
  });

const Details = z.record(z.string(), z.object({ status: z.string() }));

/** The shape of `@nestjs/terminus`. */
export const ProbeResponse = z.object({ status: z.string(), info: Details, error: Details, details: Details }).meta({
  id: 'Probe',
  examples: [{ status: 'ok', info: { process: { status: 'up' } }, error: {}, details: { process: { status: 'up' } } }],
});
