import { HttpException } from '@nestjs/common';
import { AppError, type ErrorKind } from '../kernel/app-error.js';

/** Turns an error of a library below us into one that a caller may be told; undefined: not known. */
export type ErrorTranslator = (error: unknown) => AppError | undefined;

const KINDS: Readonly<Record<number, readonly [ErrorKind, string]>> = {
  400: ['malformed', 'request.malformed'],
  401: ['unauthenticated', 'auth.unauthenticated'],
  403: ['forbidden', 'auth.forbidden'],
  404: ['not_found', 'request.no_such_route'],
  405: ['method_not_allowed', 'request.method_not_allowed'],
  413: ['too_large', 'request.too_large'],
  414: ['malformed', 'request.uri_too_long'],
  415: ['unsupported_media', 'request.unsupported_media_type'],
  431: ['malformed', 'request.headers_too_large'],
  503: ['unavailable', 'service.unavailable'],
};

/** Any thrown value as an `AppError`. What nobody knows is `internal`, and its text stays inside. */
export function toAppError(error: unknown, translate: ErrorTranslator): AppError {
  if (error instanceof AppError) return error;
  const translated = translate(error);
  if (translated) return translated;
  const status = statusOf(error);
  const known = status === undefined ? undefined : (KINDS[status] ?? (status < 500 ? KINDS[400] : undefined));
  if (known && error instanceof Error) return new AppError(known[0], known[1], error.message, { cause: error });
  return new AppError(
    'internal',
    'internal',
    'Something went wrong on our side; the correlation id finds it in the logs.',
    {
      cause: error,
    },
  );
}

/** Nest's exceptions and Fastify's errors both name an HTTP status. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return undefined;
}
