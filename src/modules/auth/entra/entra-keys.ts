import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import type { Clock } from '../../../kernel/clock.js';

/** A public key of the directory (RFC 7517). */
export interface SigningKey {
  readonly kid: string;
  readonly n: string;
  readonly e: string;
}

/** Reads a JSON document of the identity provider; rejects with anything for whatever is not one. */
export type ReadDocument = (url: string) => Promise<unknown>;

export interface KeySetStatistics {
  readonly cached: boolean;
  readonly expiresAt: Date | null;
  readonly keysCount: number;
  readonly hits: number;
  readonly misses: number;
}

const FRESH_MS = 3_600_000;
/** Of what was known last, when nothing newer can be had. */
const GOOD_MS = 24 * 3_600_000;
/** A key id that is not known may be a new one, or anybody's invention. */
const UNKNOWN_EVERY_MS = 5 * 60_000;
/** After a failure: an identity provider in trouble is not helped by being asked for each request. */
const RETRY_AFTER_MS = 5000;
const RETRY_AFTER_SECONDS = 5;
const KEYS_AT_MOST = 100;

const Discovery = z.object({ jwks_uri: z.url({ protocol: /^https$/ }) });
const KeySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(KEYS_AT_MOST),
});
const RsaKey = z.object({
  kty: z.literal('RSA'),
  use: z.literal('sig').optional(),
  kid: z.string().min(1),
  n: z.string().min(1),
  e: z.string().min(1),
});

interface Known {
  readonly keys: ReadonlyMap<string, SigningKey>;
  readonly atMs: number;
}

/**
 * The directory's signing keys: read once for all who ask together, anew each hour, kept for a day when the directory
 * cannot be read. Whatever it answers, nothing is thrown but what callers catch.
 */
export class EntraKeys {
  readonly #log = new Logger('Entra');
  #known: Known | undefined;
  #reading: Promise<void> | undefined;
  #askedForUnknownMs = Number.NEGATIVE_INFINITY;
  #failedMs = Number.NEGATIVE_INFINITY;
  #hits = 0;
  #misses = 0;

  /** @param metadataUrl of `.well-known/openid-configuration` */
  constructor(
    private readonly metadataUrl: string,
    private readonly read: ReadDocument,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `auth.keys_unavailable` (503) when no keys are known and none can be had. */
  async keyOf(kid: string): Promise<SigningKey | undefined> {
    const found = await this.#find(kid);
    if (found) this.#hits += 1;
    else this.#misses += 1;
    return found;
  }

  statistics(): KeySetStatistics {
    const known = this.#usable();
    return {
      cached: known !== undefined,
      expiresAt: known ? new Date(known.atMs + FRESH_MS) : null,
      keysCount: known?.keys.size ?? 0,
      hits: this.#hits,
      misses: this.#misses,
    };
  }

  async #find(kid: string): Promise<SigningKey | undefined> {
    const known = this.#usable();
    if (!known) {
      await this.#refresh();
      const read = this.#usable();
      if (!read) throw unavailable();
      return read.keys.get(kid);
    }
    const key = known.keys.get(kid);
    const nowMs = this.clock.nowMs();
    if (key) {
      // What is known is good enough for this one.
      if (nowMs - known.atMs >= FRESH_MS) void this.#refresh();
      return key;
    }
    if (this.#reading === undefined && nowMs - this.#askedForUnknownMs < UNKNOWN_EVERY_MS) return undefined;
    this.#askedForUnknownMs = nowMs;
    await this.#refresh();
    return this.#usable()?.keys.get(kid);
  }

  #usable(): Known | undefined {
    return this.#known && this.clock.nowMs() - this.#known.atMs < GOOD_MS ? this.#known : undefined;
  }

  /** Does not reject. */
  #refresh(): Promise<void> {
    if (this.#reading) return this.#reading;
    if (this.clock.nowMs() - this.#failedMs < RETRY_AFTER_MS) return Promise.resolve();
    this.#reading = this.#readKeys()
      .then(
        (keys) => {
          this.#known = { keys, atMs: this.clock.nowMs() };
          this.#failedMs = Number.NEGATIVE_INFINITY;
        },
        (error: unknown) => {
          this.#failedMs = this.clock.nowMs();
          this.#log.warn(`The keys of the directory could not be read: ${messageOf(error)}`);
        },
      )
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #readKeys(): Promise<ReadonlyMap<string, SigningKey>> {
    const { jwks_uri: url } = Discovery.parse(await this.read(this.metadataUrl));
    const { keys } = KeySet.parse(await this.read(url));
    const usable = keys.flatMap((key) => {
      const parsed = RsaKey.safeParse(key);
      return parsed.success ? [[parsed.data.kid, parsed.data] as const] : [];
    });
    if (usable.length === 0) throw new Error('there is no RSA signing key among them');
    return new Map(usable);
  }
}

function unavailable(): AppError {
  return new AppError(
    'unavailable',
    'auth.keys_unavailable',
    'The signing keys of the directory cannot be had right now, so no token can be checked; try again shortly.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
