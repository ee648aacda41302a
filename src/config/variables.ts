import { z } from 'zod';
import { API_KEY } from '../kernel/api-key.js';
import { ROLES } from '../kernel/role.js';

/** A list in one variable: comma-separated, blanks around the items ignored, empty items dropped. */
const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .default([]);

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${String(min)} and ${String(max)}`);

const share = z
  .string()
  .regex(/^(?:\d+(?:\.\d*)?|\.\d+)$/, 'must be a number')
  .transform(Number)
  .refine((value) => value <= 1, 'must be between 0 and 1');

const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('must be a JSON object');
    return z.NEVER;
  }
});

/** Entra's app roles, and the role here that each one means. */
const roleMap = json.pipe(z.record(z.string(), z.enum(ROLES))).optional();

/** By metric: from where on its value is a warning, and critical. */
const thresholds = json
  .pipe(
    z.record(z.string().max(100), z.strictObject({ warning: z.number().optional(), critical: z.number().optional() })),
  )
  .default({});

const postgresUrl = url(['postgres:', 'postgresql:']);
const MIB = 1024 * 1024;

/**
 * Every variable that the service reads, with its default. Documented in `docs/configuration.md`;
 * a test keeps the two in step.
 */
export const variables = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(0, 65_535).default(8000),
  PUBLIC_URL: url(['http:', 'https:']).optional(),
  ALLOWED_HOSTS: list,
  CORS_ORIGINS: list,
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATABASE_READ_URLS: list.pipe(z.array(postgresUrl)),
  DATABASE_POOL_SIZE: integer(1, 1000).default(20),
  DATABASE_POOL_OVERFLOW: integer(0, 1000).default(10),
  DATABASE_POOL_TIMEOUT_MS: integer(1, 600_000).default(30_000),
  DATABASE_POOL_RECYCLE_S: integer(1, 86_400).default(3600),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(100, 3_600_000).default(30_000),
  MIGRATIONS_RUN: flag.default(true),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  AUTH_MODE: z.enum(['local', 'keys', 'entra'], { error: 'must be local, keys or entra' }).optional(),
  BOOTSTRAP_ADMIN_KEY: z
    .string()
    .regex(API_KEY, 'must look like mrg_<12 letters or digits>_<43 or more letters, digits, - or _>')
    .optional(),
  OPERATOR_TENANT_ID: z.string().min(1).max(200).optional(),
  AZURE_TENANT_ID: z.string().min(1).max(200).optional(),
  AZURE_CLIENT_ID: z.string().min(1).max(200).optional(),
  AZURE_AUDIENCE: list,
  AZURE_AUTHORITY: url(['https:']).default('https://login.microsoftonline.com'),
  AZURE_ALLOWED_TENANTS: list,
  AZURE_ALLOWED_CLIENTS: list,
  AZURE_ROLE_MAP: roleMap,
  AZURE_SWAGGER_CLIENT_ID: z.string().min(1).max(200).optional(),
  TOKEN_CACHE_TTL_S: integer(0, 3600).default(300),
  SECRETS_KEY: list.pipe(z.array(z.string().min(32, 'each key needs at least 32 characters'))),
  HEALTH_CHECK_INTERVAL_S: integer(1, 86_400).default(30),
  HEALTH_CHECK_TIMEOUT_MS: integer(100, 60_000).default(5000),
  HEALTH_CHECK_CONCURRENCY: integer(1, 256).default(32),
  UPSTREAM_TIMEOUT_MS: integer(100, 600_000).default(30_000),
  UPSTREAM_MAX_IN_FLIGHT: integer(1, 10_000).default(64),
  GATEWAY_CATALOGUE_BYTES: integer(MIB, 16_384 * MIB).default(64 * MIB),
  UPSTREAM_CONNECT_TIMEOUT_MS: integer(100, 60_000).default(3000),
  EGRESS_ALLOW: list,
  EGRESS_DENY: list,
  AUDIT_DURABILITY: z.enum(['fsync', 'os', 'memory'], { error: 'must be fsync, os or memory' }).default('fsync'),
  AUDIT_WHEN_FULL: z.enum(['lenient', 'strict'], { error: 'must be lenient or strict' }).default('lenient'),
  AUDIT_SPOOL_BYTES: integer(MIB, 1024 * 1024 * MIB).default(1024 * MIB),
  AUDIT_ARGUMENTS: z.enum(['hash', 'redacted'], { error: 'must be hash or redacted' }).default('hash'),
  REQUEST_LOG_SAMPLE: share.default(1),
  RETENTION_AUDIT_DAYS: integer(1, 3650).default(90),
  RETENTION_REQUESTS_DAYS: integer(1, 3650).default(7),
  RETENTION_HEALTH_DAYS: integer(1, 3650).default(7),
  MONITOR_INTERVAL_S: integer(1, 3600).default(30),
  MONITOR_THRESHOLDS: thresholds,
  METRICS_TOKEN: z.string().min(16).optional(),
  SHUTDOWN_DELAY_S: integer(0, 600).default(5),
  SHUTDOWN_TIMEOUT_S: integer(1, 600).default(25),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'info', 'debug'], { error: 'must be error, warn, info or debug' })
    .default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], { error: 'must be json or pretty' }).optional(),
});

export type Variables = z.output<typeof variables>;
