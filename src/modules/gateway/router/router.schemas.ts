import { z } from 'zod';
import { text } from '../../../http/text.js';
import { DEFAULT_STRATEGY, STRATEGIES } from '../routing/strategies/strategies.js';

const example = '0198c0de-0000-7000-8000-000000000001';
const ToolName = text(512).min(1);
const ServerName = text(200).min(1);

export const CallTool = z
  .strictObject({
    tool: ToolName.describe("The server's own name of the tool"),
    arguments: z.record(z.string(), z.unknown()).default({}),
    server: ServerName.optional().describe('Name or alias, where several servers have different tools of that name'),
    requiredTools: z.array(ToolName).max(50).optional().describe('Only servers that offer these too'),
    preferredServers: z.array(ServerName).max(50).optional().describe('Taken before others where they qualify'),
    strategy: z.enum(STRATEGIES).default(DEFAULT_STRATEGY),
    timeoutMs: z.int().min(1).max(600_000).optional(),
  })
  .meta({ id: 'CallTool', examples: [{ tool: 'echo', arguments: { message: 'hello' } }] });

export const ToolCallResult = z
  .object({
    server: z.object({ id: z.uuid(), name: z.string() }),
    result: z.looseObject({}).describe('As the server sent it'),
    responseTimeMs: z.number(),
    performanceMetadata: z.object({ executionTimeMs: z.number(), functionName: z.string() }),
  })
  .meta({
    id: 'ToolCallResult',
    examples: [
      {
        server: { id: example, name: 'everything' },
        result: { content: [{ type: 'text', text: 'Echo: hello' }] },
        responseTimeMs: 4.21,
        performanceMetadata: { executionTimeMs: 5.02, functionName: 'RouterService.call' },
      },
    ],
  });

export const RouterMetrics = z
  .object({
    items: z.array(
      z.object({
        server: z.object({ id: z.uuid(), name: z.string() }),
        activeRequests: z.int(),
        totalRequests: z.int(),
        successRate: z.number().nullable().describe('Of recent calls, 0 to 1; null without any'),
        averageResponseMs: z.number().nullable(),
        p95ResponseMs: z.number().nullable(),
        circuitBreaker: z.object({
          state: z.enum(['closed', 'open', 'half_open']),
          consecutiveFailures: z.int(),
          openedAt: z.iso.datetime().nullable(),
        }),
        replica: z.string(),
      }),
    ),
  })
  .meta({
    id: 'RouterMetrics',
    examples: [
      {
        items: [
          {
            server: { id: example, name: 'everything' },
            activeRequests: 0,
            totalRequests: 12,
            successRate: 1,
            averageResponseMs: 3.1,
            p95ResponseMs: 5.2,
            circuitBreaker: { state: 'closed', consecutiveFailures: 0, openedAt: null },
            replica: 'gateway-0',
          },
        ],
      },
    ],
  });
