import { AppError, type AppErrorOptions } from '../../../kernel/app-error.js';
import type { WireFailure } from './frame.js';

/** A failure fits into one frame. */
const DATA_CHARACTERS_AT_MOST = 32_768;
const MESSAGE_CHARACTERS_AT_MOST = 4096;
const UNAVAILABLE_RETRY_AFTER_S = 2;

/** Whether it ran there is not known, so it is never sent again. */
export function replicaGone(cause?: unknown): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.replica_gone',
    'The replica that worked on this call is gone: what it was doing may or may not have happened. Start the call again.',
    { cause },
  );
}

/** Nothing was sent, so the same message may come again. */
export function replicasUnavailable(): AppError {
  return new AppError(
    'unavailable',
    'gateway.replicas_unavailable',
    'This belongs to another replica, which cannot be reached now: send it again.',
    { retryAfterSeconds: UNAVAILABLE_RETRY_AFTER_S },
  );
}

export function exchangesExhausted(): AppError {
  return new AppError('unavailable', 'gateway.exchanges_exhausted', 'Too many calls between replicas are open.', {
    retryAfterSeconds: 10,
  });
}

/** What went wrong inside is not told to another process. */
export function failureOf(error: unknown): WireFailure {
  if (!(error instanceof AppError)) {
    return { kind: 'internal', code: 'gateway.replica_failed', message: 'Another replica failed at this.' };
  }
  const { kind, code, message, retryAfterSeconds, data } = error;
  const fits = data !== undefined && JSON.stringify(data).length <= DATA_CHARACTERS_AT_MOST;
  return {
    kind,
    code,
    message: message.slice(0, MESSAGE_CHARACTERS_AT_MOST),
    retryAfterSeconds,
    ...(fits ? { data } : {}),
  };
}

export function errorOf({ kind, code, message, retryAfterSeconds, data }: WireFailure): AppError {
  const options: AppErrorOptions = {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(data === undefined ? {} : { data }),
  };
  return new AppError(kind, code, message, options);
}
