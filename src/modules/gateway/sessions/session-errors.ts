import { AppError } from '../../../kernel/app-error.js';
import type { NewSession } from './client-session.js';
import { type SessionLimits, SESSIONS_RETRY_AFTER_S } from './session-limits.js';

const UNAVAILABLE_RETRY_AFTER_S = 2;

export function ownSessionsBusy(limits: SessionLimits): AppError {
  return exhausted(
    `all of your ${String(limits.maxPerPrincipal)} sessions have calls or streams open: end some, then try again`,
  );
}

export function replicaFull(): AppError {
  return exhausted('this replica has no room for another session now: try again later');
}

function exhausted(message: string): AppError {
  return new AppError('unavailable', 'gateway.sessions_exhausted', message, {
    retryAfterSeconds: SESSIONS_RETRY_AFTER_S,
  });
}

export function upstreamSessionsExhausted(limits: SessionLimits): AppError {
  return new AppError(
    'unavailable',
    'gateway.upstream_sessions_exhausted',
    `one session reaches at most ${String(limits.maxUpstreamSessions)} servers that keep sessions: open another`,
    { retryAfterSeconds: SESSIONS_RETRY_AFTER_S },
  );
}

export function subscriptionsExhausted(): AppError {
  return new AppError(
    'invalid',
    'gateway.subscriptions_exhausted',
    'this session has no room for another resource subscription: unsubscribe from some first',
  );
}

export function sessionsUnavailable(): AppError {
  return new AppError(
    'unavailable',
    'gateway.sessions_unavailable',
    'this replica does not know the session, and cannot ask the others now: try again',
    { retryAfterSeconds: UNAVAILABLE_RETRY_AFTER_S },
  );
}

/** @throws AppError `gateway.client_too_large` */
export function refuseTooLarge({ clientCapabilities, clientInfo }: NewSession, limits: SessionLimits): void {
  if (JSON.stringify([clientCapabilities, clientInfo]).length <= limits.maxClientCharacters) return;
  throw new AppError(
    'too_large',
    'gateway.client_too_large',
    `capabilities and clientInfo of \`initialize\` may have ${String(limits.maxClientCharacters)} characters together`,
  );
}
