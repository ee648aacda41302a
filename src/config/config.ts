import path from 'node:path';
import { z } from 'zod';
import { LOCAL_TENANT } from '../kernel/principal.js';
import type { Role } from '../kernel/role.js';
import { variables, type Variables } from './variables.js';

/** The environment was wrong; `message` lists every mistake, a line each. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is not valid:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

export type AuthMode = 'local' | 'keys' | 'entra';

export interface EntraConfig {
  readonly tenantId: string;
  readonly clientId: string;
  /** Values of `aud` that mean us. */
  readonly audiences: readonly string[];
  /** Without a trailing slash. */
  readonly authority: string;
  readonly allowedTenants: readonly string[];
  /** Empty: any application. */
  readonly allowedClients: readonly string[];
  readonly roleMap: Readonly<Record<string, Role>> | undefined;
  readonly swaggerClientId: string | undefined;
}

/** What the service runs with: typed, defaulted, frozen. Names say the unit. */
export interface Config {
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Without a trailing slash. Undefined until the port is known, where `PORT=0` asked for any. */
    readonly publicUrl: string | undefined;
    readonly allowedHosts: readonly string[];
    readonly corsOrigins: readonly string[];
  };
  /** Absolute. */
  readonly dataDir: string;
  readonly database: {
    readonly url: string | undefined;
    readonly ownerUrl: string | undefined;
    readonly readUrls: readonly string[];
    readonly poolSize: number;
    readonly poolOverflow: number;
    readonly poolTimeoutMs: number;
    readonly poolRecycleSeconds: number;
    readonly statementTimeoutMs: number;
    readonly migrationsRun: boolean;
  };
  readonly redisUrl: string | undefined;
  readonly auth: {
    readonly mode: AuthMode;
    readonly bootstrapAdminKey: string | undefined;
    /** Whose administrators may do what concerns all tenants; also the tenant of the first key. */
    readonly operatorTenantId: string;
    readonly tokenCacheSeconds: number;
    readonly entra: EntraConfig | undefined;
  };
  /** The first signs and encrypts, all verify and decrypt. Empty: generated under `dataDir`. */
  readonly secretsKeys: readonly string[];
  readonly health: { readonly intervalSeconds: number; readonly timeoutMs: number; readonly concurrency: number };
  readonly upstream: { readonly connectTimeoutMs: number; readonly timeoutMs: number; readonly maxInFlight: number };
  readonly gateway: { readonly catalogueBytes: number };
  readonly egress: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly audit: {
    readonly durability: 'fsync' | 'os' | 'memory';
    readonly whenFull: 'lenient' | 'strict';
    readonly spoolBytes: number;
    readonly arguments: 'hash' | 'redacted';
  };
  /** Share of REST requests that are logged, from 0 to 1. */
  readonly requestLogSample: number;
  readonly retention: { readonly auditDays: number; readonly requestsDays: number; readonly healthDays: number };
  readonly monitor: {
    readonly intervalSeconds: number;
    /** By metric, instead of the sampler's own. */
    readonly thresholds: Variables['MONITOR_THRESHOLDS'];
  };
  readonly metricsToken: string | undefined;
  readonly shutdown: { readonly delaySeconds: number; readonly timeoutSeconds: number };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly format: 'json' | 'pretty' };
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Reads the configuration from an environment.
 * @throws ConfigError naming every variable that is wrong.
 */
export function readConfig(environment: NodeJS.ProcessEnv, stdoutIsTerminal = false): Config {
  // An empty variable is one that was not given: `DATABASE_URL=` in an .env file means none.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(given);
  if (!parsed.success) throw new ConfigError(describe(parsed.error));
  const mistakes = contradictions(parsed.data);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return freeze(arrange(parsed.data, stdoutIsTerminal));
}

function describe(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.slice(0, 1).join('')}: ${issue.message}`);
}

/** What is wrong between variables that are each right. */
function contradictions(env: Variables): string[] {
  const mistakes: string[] = [];
  const mode = modeOf(env);
  if (mode === 'local' && !LOOPBACK.has(env.HOST)) {
    mistakes.push(`HOST: AUTH_MODE=local answers on loopback only, and ${env.HOST} is not loopback; use 127.0.0.1`);
  }
  if ((env.HOST === '0.0.0.0' || env.HOST === '::') && env.PUBLIC_URL === undefined) {
    mistakes.push('PUBLIC_URL: required when HOST is 0.0.0.0 or ::');
  }
  if (mode !== 'local' && env.SECRETS_KEY.length === 0) {
    mistakes.push(`SECRETS_KEY: required with AUTH_MODE=${mode}; make one with: openssl rand -hex 32`);
  }
  if (mode === 'entra') {
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] as const) {
      if (env[name] === undefined) mistakes.push(`${name}: required with AUTH_MODE=entra`);
    }
  }
  if (env.DATABASE_URL === undefined) {
    if (env.DATABASE_OWNER_URL !== undefined) mistakes.push('DATABASE_OWNER_URL: needs DATABASE_URL beside it');
    if (env.DATABASE_READ_URLS.length > 0) mistakes.push('DATABASE_READ_URLS: needs DATABASE_URL beside it');
  }
  return mistakes;
}

function arrange(env: Variables, stdoutIsTerminal: boolean): Config {
  return {
    http: {
      host: env.HOST,
      port: env.PORT,
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
      allowedHosts: env.ALLOWED_HOSTS,
      corsOrigins: env.CORS_ORIGINS,
    },
    dataDir: path.resolve(env.DATA_DIR),
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.DATABASE_OWNER_URL ?? env.DATABASE_URL,
      readUrls: env.DATABASE_READ_URLS,
      poolSize: env.DATABASE_POOL_SIZE,
      poolOverflow: env.DATABASE_POOL_OVERFLOW,
      poolTimeoutMs: env.DATABASE_POOL_TIMEOUT_MS,
      poolRecycleSeconds: env.DATABASE_POOL_RECYCLE_S,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      migrationsRun: env.MIGRATIONS_RUN,
    },
    redisUrl: env.REDIS_URL,
    auth: {
      mode: modeOf(env),
      bootstrapAdminKey: env.BOOTSTRAP_ADMIN_KEY,
      operatorTenantId: env.OPERATOR_TENANT_ID ?? env.AZURE_TENANT_ID ?? LOCAL_TENANT,
      tokenCacheSeconds: env.TOKEN_CACHE_TTL_S,
      entra: entraOf(env),
    },
    secretsKeys: env.SECRETS_KEY,
    health: {
      intervalSeconds: env.HEALTH_CHECK_INTERVAL_S,
      timeoutMs: env.HEALTH_CHECK_TIMEOUT_MS,
      concurrency: env.HEALTH_CHECK_CONCURRENCY,
    },
    upstream: {
      connectTimeoutMs: env.UPSTREAM_CONNECT_TIMEOUT_MS,
      timeoutMs: env.UPSTREAM_TIMEOUT_MS,
      maxInFlight: env.UPSTREAM_MAX_IN_FLIGHT,
    },
    gateway: { catalogueBytes: env.GATEWAY_CATALOGUE_BYTES },
    egress: { allow: env.EGRESS_ALLOW, deny: env.EGRESS_DENY },
    audit: {
      durability: env.AUDIT_DURABILITY,
      whenFull: env.AUDIT_WHEN_FULL,
      spoolBytes: env.AUDIT_SPOOL_BYTES,
      arguments: env.AUDIT_ARGUMENTS,
    },
    requestLogSample: env.REQUEST_LOG_SAMPLE,
    retention: {
      auditDays: env.RETENTION_AUDIT_DAYS,
      requestsDays: env.RETENTION_REQUESTS_DAYS,
      healthDays: env.RETENTION_HEALTH_DAYS,
    },
    monitor: { intervalSeconds: env.MONITOR_INTERVAL_S, thresholds: env.MONITOR_THRESHOLDS },
    metricsToken: env.METRICS_TOKEN,
    shutdown: { delaySeconds: env.SHUTDOWN_DELAY_S, timeoutSeconds: env.SHUTDOWN_TIMEOUT_S },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (stdoutIsTerminal ? 'pretty' : 'json') },
  };
}

/** Whoever names a directory means to use it. */
function modeOf(env: Variables): AuthMode {
  return env.AUTH_MODE ?? (env.AZURE_TENANT_ID === undefined ? 'local' : 'entra');
}

function entraOf(env: Variables): EntraConfig | undefined {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId } = env;
  if (modeOf(env) !== 'entra' || tenantId === undefined || clientId === undefined) return undefined;
  return {
    tenantId,
    clientId,
    audiences: env.AZURE_AUDIENCE.length > 0 ? env.AZURE_AUDIENCE : [clientId, `api://${clientId}`],
    authority: env.AZURE_AUTHORITY.replace(/\/+$/, ''),
    allowedTenants: env.AZURE_ALLOWED_TENANTS.length > 0 ? env.AZURE_ALLOWED_TENANTS : [tenantId],
    allowedClients: env.AZURE_ALLOWED_CLIENTS,
    roleMap: env.AZURE_ROLE_MAP,
    swaggerClientId: env.AZURE_SWAGGER_CLIENT_ID,
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
