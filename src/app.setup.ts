import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppModule, type AppParts } from './app.module.js';
import type { Config } from './config/config.js';
import { asAppError } from './database/database-errors.js';
import { correlationIdOf } from './http/correlation-id.js';
import { openApiDocument } from './http/openapi.js';
import { originCheck } from './http/origin-check.js';
import { ProblemFilter } from './http/problem-filter.js';
import { securityHeaders } from './http/security-headers.js';
import { swaggerUiOptions, type SwaggerSignInOptions, withSignIn } from './http/swagger-sign-in.js';
import { answerUnreadable, answerUnroutable } from './http/unreadable-request.js';
import { validationPipe } from './http/validation.js';
import { AppError } from './kernel/app-error.js';
import { RequestLogs } from './modules/audit/index.js';
import { Readiness, SERVICE_VERSION, timeRequests } from './modules/monitoring/index.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
const MCP_BODY_LIMIT_BYTES = 4 * BODY_LIMIT_BYTES;
/** Longer than most load balancers keep an idle connection, so that they close it and not we. */
const KEEP_ALIVE_MS = 72_000;
/** To receive a whole request. */
const REQUEST_TIMEOUT_MS = 120_000;

const LEVELS: Readonly<Record<Config['log']['level'], LogLevel[]>> = {
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

/** Nest's account of how it wires itself, which is not an operator's news. */
const WIRING = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (!WIRING.has(String(rest.at(-1)))) super.log(message, ...rest);
  }
}

export function appLogger(log: Config['log']): ConsoleLogger {
  return new ServiceLogger({
    json: log.format === 'json',
    colors: log.format === 'pretty' && process.stdout.isTTY,
    logLevels: LEVELS[log.level],
    prefix: 'gateway',
  });
}

/** The whole application, not yet listening: the same for the service, its tests and its benches. */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
  const { config } = parts;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => correlationIdOf(request),
    // Proxies are trusted one by one, once there is a mode in which one may stand before us.
    trustProxy: false,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadable,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(parts), adapter, {
    bodyParser: false,
    logger: appLogger(config.log),
    abortOnError: false,
  });
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  parseJson(app, fastify);
  allowPages(app, config);
  addHooks(app, fastify, config);
  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new ProblemFilter(asAppError));
  const signIn = signInOf(config);
  const document = () => openApiDocument(app, SERVICE_VERSION);
  SwaggerModule.setup('docs', app, () => (signIn ? withSignIn(document(), signIn) : document()), {
    ...swaggerUiOptions(signIn),
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'MCP Registry Gateway',
  });
  return app;
}

/** Undefined where nobody signs in from Swagger UI. */
function signInOf({ auth: { entra }, http: { publicUrl, host, port } }: Config): SwaggerSignInOptions | undefined {
  if (entra?.swaggerClientId === undefined) return undefined;
  return {
    clientId: entra.swaggerClientId,
    directory: `${entra.authority}/${entra.tenantId}`,
    scope: `${publicUrl === undefined ? entra.clientId : `${publicUrl}/mcp`}/.default`,
    publicUrl: publicUrl ?? `http://${host}:${String(port)}`,
  };
}

/** JSON in UTF-8 and nothing else; `__proto__` and `constructor` members are refused. MCP bodies stay bytes. */
function parseJson(app: NestFastifyApplication, fastify: FastifyInstance): void {
  const json = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('text/plain');
  const limit = { bodyLimit: MCP_BODY_LIMIT_BYTES };
  app.useBodyParser('application/json', limit, (request, body: Buffer, done) => {
    const { config } = (request as FastifyRequest).routeOptions;
    if ((config as { readonly rawBody?: boolean }).rawBody === true) {
      done(null, body);
      return;
    }
    if (body.length > BODY_LIMIT_BYTES) {
      done(tooLarge());
      return;
    }
    if (!isUtf8(body)) {
      done(new AppError('malformed', 'request.malformed', 'The body is not valid UTF-8.'));
      return;
    }
    void json(request as FastifyRequest, body.toString('utf8'), done);
  });
}

function allowPages(app: NestFastifyApplication, { http: { corsOrigins } }: Config): void {
  if (corsOrigins.length === 0) return;
  app.enableCors({
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after'],
  });
}

const PROBES = ['/health', '/health/live', '/health/ready'];

function addHooks(app: NestFastifyApplication, fastify: FastifyInstance, config: Config): void {
  const readiness = app.get(Readiness);
  const { publicUrl } = config.http;
  const headers = securityHeaders(
    publicUrl === undefined || publicUrl.startsWith('http:'),
    config.auth.entra?.swaggerClientId === undefined ? undefined : new URL(config.auth.entra.authority).origin,
  );
  const checkOrigin = originCheck({
    publicUrl,
    allowedHosts: config.http.allowedHosts,
    corsOrigins: config.http.corsOrigins,
    allowLoopback: config.auth.mode === 'local',
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    const mcp = route === '/mcp' || route.startsWith('/mcp/');
    const docs = route === '/docs' || route.startsWith('/docs/');
    void reply.header('x-request-id', request.id).headers(mcp ? headers.mcp : docs ? headers.docs : headers.all);
    const open = PROBES.includes(route) || (route === '/metrics' && config.metricsToken !== undefined);
    try {
      // Any page may learn where to sign in.
      const origin = route.startsWith('/.well-known/') ? undefined : request.headers.origin;
      if (!open) checkOrigin(request.headers.host, origin);
      if (readiness.state === 'starting' && (mcp || route.startsWith('/api'))) throw starting();
      if (readiness.state === 'draining') void reply.header('connection', 'close');
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  timeRequests(fastify);
  app.get(RequestLogs).follow(fastify);
}

function tooLarge(): AppError {
  return new AppError('too_large', 'request.too_large', `The body is larger than ${String(BODY_LIMIT_BYTES)} bytes.`);
}

function starting(): AppError {
  return new AppError('unavailable', 'service.starting', 'The service is starting; try again in a moment.', {
    retryAfterSeconds: 1,
  });
}

/** Where people look first, said at the start. */
export function announce(url: string, config: Config): void {
  const log = new Logger('Service');
  log.log(`Ready: ${url} (MCP ${url}/mcp, API ${url}/docs, health ${url}/health, metrics ${url}/metrics)`);
  if (config.auth.mode === 'local') {
    log.warn(
      'AUTH_MODE=local: whoever reaches this port on this machine is the administrator. Do not put a proxy before it.',
    );
  }
}
