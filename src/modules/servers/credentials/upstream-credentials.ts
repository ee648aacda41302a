import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Secrets } from '../../../config/secrets.js';
import { type CatalogueChangeRecord, ChangeFeed, type ChangeListener } from '../../../database/change-feed.js';
import { Clock } from '../../../kernel/clock.js';
import { systemScope } from '../../../kernel/scope.js';
import { type Credential, type CredentialHeaders, headersOf } from './credential.js';
import { CredentialCodec, UnreadableCredentialError } from './credential-codec.js';
import { CREDENTIALS_PURPOSE } from './credentials-purpose.js';
import { CredentialsRepository } from './credentials.repository.js';
import { headersTo, type KnownHeaders } from './known-headers.js';

/** Servers whose credentials, or lack of them, are remembered. */
const KNOWN_AT_MOST = 50_000;

const NONE: KnownHeaders = { state: 'none' };

/** What upstreams want to see: sealed in the database, opened here, kept in memory until the server changes. */
@Injectable()
export class UpstreamCredentials implements ChangeListener {
  readonly #log = new Logger(UpstreamCredentials.name);
  readonly #codec: CredentialCodec;
  /** The longest unused one first, once it is half full. A promise: being read. */
  readonly #known = new Map<string, KnownHeaders | Promise<KnownHeaders>>();

  constructor(
    private readonly repository: CredentialsRepository,
    private readonly clock: Clock,
    secrets: Secrets,
    feed: ChangeFeed,
  ) {
    this.#codec = new CredentialCodec(secrets.keysFor(CREDENTIALS_PURPOSE));
    feed.listen(this);
  }

  /**
   * The headers that a request to `server.url` carries; `undefined` where none are stored for its origin.
   * A plain value, without a database, for a server that was asked for since it last changed.
   * @throws AppError `servers.credentials_unreadable` (thrown at once when warm, else by the promise), and
   *   what the database throws.
   */
  headersFor(server: {
    readonly id: string;
    readonly url: string;
  }): CredentialHeaders | undefined | Promise<CredentialHeaders | undefined> {
    const { id, url } = server;
    const known = this.#known.get(id);
    if (known === undefined) return this.#read(id).then((read) => headersTo(read, url));
    if (known instanceof Promise) return known.then((read) => headersTo(read, url));
    // While there is room for as many again, nobody is about to be forgotten.
    if (this.#known.size > KNOWN_AT_MOST / 2) {
      this.#known.delete(id);
      this.#known.set(id, known);
    }
    return headersTo(known, url);
  }

  /** Seals and stores for the origin that the server has in this transaction, in place of what was there. */
  async store(
    manager: EntityManager,
    server: { readonly id: string; readonly tenantId: string; readonly url: string },
    credential: Credential,
  ): Promise<void> {
    const { id: serverId, tenantId, url } = server;
    const { origin } = new URL(url);
    const sealed = this.#codec.seal(credential, { serverId, origin });
    await this.repository.put(
      manager,
      { serverId, tenantId, origin, kind: credential.kind, ...sealed },
      this.clock.now(),
    );
  }

  /** @returns whether there were any. */
  remove(manager: EntityManager, serverId: string): Promise<boolean> {
    return this.repository.remove(manager, serverId);
  }

  onChanges(changes: readonly CatalogueChangeRecord[]): void {
    for (const { serverId, kind } of changes) {
      // Of the kinds that are known, these two are never about the address or the credentials.
      if (kind !== 'health' && kind !== 'children') this.#known.delete(serverId);
    }
  }

  onReset(): void {
    this.#known.clear();
  }

  /** One query for all who ask at once. What changed while it was read is not remembered. */
  #read(id: string): Promise<KnownHeaders> {
    const reading = this.#open(id);
    this.#remember(id, reading);
    reading.then(
      (known) => {
        if (this.#known.get(id) === reading) this.#known.set(id, known);
      },
      () => {
        if (this.#known.get(id) === reading) this.#known.delete(id);
      },
    );
    return reading;
  }

  #remember(id: string, reading: Promise<KnownHeaders>): void {
    if (this.#known.size >= KNOWN_AT_MOST) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(id, reading);
  }

  async #open(id: string): Promise<KnownHeaders> {
    const stored = await this.repository.find(systemScope, id);
    if (!stored) return NONE;
    const { origin } = stored;
    try {
      return { state: 'given', origin, headers: headersOf(this.#codec.open(stored, { serverId: id, origin })) };
    } catch (error) {
      if (!(error instanceof UnreadableCredentialError)) throw error;
      this.#log.error(`The stored credentials of server ${id} cannot be read: ${error.message}`);
      return { state: 'unreadable', origin, why: error.message };
    }
  }
}
