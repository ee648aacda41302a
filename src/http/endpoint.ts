import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Access, AllowAccess } from './access.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';
import { serializerSchema } from './response-schema.js';

export interface EndpointOptions {
  /** Stable: generated clients name their methods after it. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Of success; 200 unless told. */
  readonly status?: 200 | 201 | 202 | 204;
  /** The answer's schema: documents it, compiles its serializer, and strips what it does not name. */
  readonly response?: z.ZodType;
  /** Answers with this schema under 503 too: a state, not a refusal. */
  readonly statesUnavailable?: boolean;
  /** Statuses of refusals beside those that every route can give. */
  readonly errors?: readonly number[];
}

const WHY: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'No valid credentials were given',
  403: 'The caller may not do this',
  404: 'There is no such thing, or the caller may not see it',
  409: 'It conflicts with what is there',
  413: 'The request is too large',
  415: 'The content type is not supported',
  422: 'The request is well-formed, but cannot be carried out',
  429: 'Too many requests',
  500: 'A fault of the service',
  503: 'The service cannot answer right now; Retry-After says when to try again',
};

/** Declares a route once: its documentation, its access, its answer's schema and serializer. */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const {
    operationId,
    summary,
    description,
    access,
    status = 200,
    response,
    statesUnavailable = false,
    errors = [],
  } = options;
  const open = access === 'public';
  const statuses = statesUnavailable ? [status, 503] : [status];
  const refusals = [...(open ? [] : [401, 403]), ...errors, 500, 503]
    .filter((refusal) => !statuses.includes(refusal))
    .toSorted((a, b) => a - b);
  return applyDecorators(
    ApiOperation({
      operationId,
      summary,
      ...(description === undefined ? {} : { description }),
      ...(open ? { security: [] } : {}),
    }),
    AllowAccess(access),
    HttpCode(status),
    ...statuses.map((one) =>
      ApiResponse({
        status: one,
        description: one === 204 ? 'Done' : summary,
        ...(response ? { standardSchema: response } : {}),
      }),
    ),
    ...refusals.map((refusal) =>
      ApiResponse({
        status: refusal,
        description: WHY[refusal] ?? 'Error',
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
    // Either of them.
    ...(open ? [] : [ApiSecurity('bearer'), ApiSecurity('apiKey')]),
    ...(response ? [RouteSchema({ response: serializers(statuses, response) })] : []),
  );
}

function serializers(statuses: readonly number[], response: z.ZodType): Record<string, unknown> {
  const schema = serializerSchema(response);
  return Object.fromEntries(statuses.map((status) => [String(status), schema]));
}
