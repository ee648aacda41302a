import { z } from 'zod';
import type { AppError, ErrorKind } from '../kernel/app-error.js';

/** The HTTP status of each kind of failure. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  unprocessable: 422,
  too_many_requests: 429,
  internal: 500,
  upstream_failed: 502,
  unavailable: 503,
  upstream_timeout: 504,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** RFC 9457, with our `code`, `correlationId` and `errors`. */
export const Problem = z.object({
  type: z.string().describe('A URI for the kind of problem'),
  title: z.string().describe('The same for every problem of this status'),
  status: z.int(),
  detail: z.string().describe('What was wrong, where, and what to do'),
  code: z.string().describe('Stable and machine-readable'),
  correlationId: z.string().describe('Also in the x-request-id header and in the logs'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Each wrong field, for validation errors'),
  data: z.record(z.string(), z.unknown()).optional().describe('Facts that help to go on'),
});

export type Problem = z.output<typeof Problem>;

export function problemOf(error: AppError, correlationId: string): Problem {
  const status = STATUS_OF[error.kind];
  return {
    type: `urn:mcp-registry-gateway:problem:${error.code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    correlationId,
    ...(error.violations.length > 0 ? { errors: [...error.violations] } : {}),
    ...(error.data ? { data: { ...error.data } } : {}),
  };
}
