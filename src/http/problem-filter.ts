import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem.js';
import { type ErrorTranslator, toAppError } from './to-app-error.js';

/** The one place where an error becomes an HTTP answer: a problem document, whatever threw. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('Http');

  constructor(private readonly translate: ErrorTranslator) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toAppError(thrown, this.translate);
    if (error.kind === 'internal') {
      const { cause } = error;
      this.#log.error(
        `${request.method} ${request.routeOptions.url ?? 'unknown route'} failed [${request.id}]`,
        cause instanceof Error ? cause.stack : String(cause),
      );
    }
    if (reply.sent) return;
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds));
    if (error.challenge !== undefined) void reply.header('www-authenticate', error.challenge);
    const problem = problemOf(error, request.id);
    // A string, so that no response schema of the route is applied to it.
    void reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  }
}
