import { AppError } from '../kernel/app-error.js';

/** SQLSTATE classes and Node error codes that say: the database cannot be reached right now. */
const UNREACHABLE = /^(?:08|57P|53|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** serialization_failure, deadlock_detected, lock_not_available: the same may succeed a moment later. */
const BUSY = new Set(['40001', '40P01', '55P03']);
const LOST =
  /Connection terminated|Query read timeout|timeout expired|not queryable|Client has encountered a connection error|is not established/;

/** TypeORM wraps what the driver threw; known by its shape, since the audit's thread has no use for TypeORM itself. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}

/** The SQLSTATE or the system's code of an error, through TypeORM's wrapping. */
export function databaseCode(error: unknown): string | undefined {
  const inner = unwrapped(error);
  if (typeof inner !== 'object' || inner === null || !('code' in inner)) return undefined;
  return typeof inner.code === 'string' ? inner.code : undefined;
}

/** The violated constraint or index of a 23xxx error. */
export function violatedConstraint(error: unknown): string | undefined {
  const inner = unwrapped(error);
  if (typeof inner !== 'object' || inner === null || !('constraint' in inner)) return undefined;
  return typeof inner.constraint === 'string' ? inner.constraint : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return databaseCode(error) === '23505';
}

/** No partition of a log table takes this row's day. */
export function isMissingPartition(error: unknown): boolean {
  return databaseCode(error) === '23514' && error instanceof Error && error.message.includes('no partition');
}

/**
 * What a caller may be told of a database failure; `undefined` for what is not one of the known
 * kinds and is therefore our own mistake (500).
 */
export function asAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const code = databaseCode(error);
  if (code === '57014') {
    return new AppError('unavailable', 'database.statement_timeout', 'The query took too long and was stopped.', {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
  if (code !== undefined && BUSY.has(code)) {
    return new AppError(
      'unavailable',
      'database.busy',
      'The database is busy with conflicting work. Try again shortly.',
      {
        cause: error,
        retryAfterSeconds: 1,
      },
    );
  }
  if ((code !== undefined && UNREACHABLE.test(code)) || (error instanceof Error && LOST.test(error.message))) {
    return new AppError('unavailable', 'database.unavailable', 'The database cannot be reached. Try again shortly.', {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
  return undefined;
}
