import type { IncomingMessage } from 'node:http';
import { uuidv7 } from '../kernel/uuid.js';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `x-request-id` where it is a plain one, else one of our own. Given to Fastify as `genReqId`. */
export function correlationIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : uuidv7();
}
