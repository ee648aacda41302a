import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../kernel/app-error.js';
import { uuidv7 } from '../kernel/uuid.js';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem.js';
import { toAppError } from './to-app-error.js';

const REASONS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['request.headers_too_large', 'The URL and the headers are larger than 16 KiB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request.timeout', 'The request did not arrive in time.'],
};

/** What Node's parser refuses never becomes a request: the answer is written to the connection, and ends it. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && socket.bytesWritten === 0) {
    const [code, message] = REASONS[error.code ?? ''] ?? ['request.malformed', 'The request is not valid HTTP.'];
    const problem = problemOf(new AppError('malformed', code, message), uuidv7());
    const body = JSON.stringify(problem);
    socket.write(
      [
        `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}`,
        `content-type: ${PROBLEM_MEDIA_TYPE}`,
        `content-length: ${String(Buffer.byteLength(body))}`,
        `x-request-id: ${problem.correlationId}`,
        'x-content-type-options: nosniff',
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  }
  socket.destroySoon();
}

/** What the router refuses before any hook runs: an URL that cannot be decoded, a path segment that is too long. */
export function answerUnroutable(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(
    toAppError(error, () => undefined),
    request.id,
  );
  void reply
    .code(problem.status)
    .header('x-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem));
}
