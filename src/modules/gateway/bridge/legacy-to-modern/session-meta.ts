import { Injectable } from '@nestjs/common';
import type { EncodedMembers } from '../../../../mcp/object-members.js';
import { clientCapabilitiesOf } from '../../../../mcp/translate/legacy-to-modern/client-capabilities.js';
import { modernMetaOf, type SessionClient } from '../../../../mcp/translate/legacy-to-modern/modern-request.js';
import { FIRST_MODERN_VERSION } from '../../../../mcp/versions.js';
import type { ClientSession } from '../../sessions/client-session.js';

interface Known {
  readonly logLevel: string | undefined;
  readonly client: SessionClient;
  readonly meta: EncodedMembers;
}

/** What each modern request says of a session's client: made once for a session and a log level. */
@Injectable()
export class SessionMeta {
  readonly #known = new WeakMap<ClientSession, Known>();

  of(session: ClientSession): EncodedMembers {
    return this.#knownOf(session).meta;
  }

  /** The client as upstreams see it: with the capabilities that its revision has. */
  clientOf(session: ClientSession): SessionClient {
    return this.#knownOf(session).client;
  }

  #knownOf(session: ClientSession): Known {
    const known = this.#known.get(session);
    const { logLevel } = session;
    if (known && known.logLevel === logLevel) return known;
    const { protocolVersion, clientCapabilities, clientInfo } = session;
    const client = {
      clientCapabilities: clientCapabilitiesOf(protocolVersion, clientCapabilities),
      clientInfo,
      logLevel,
    };
    const made = { logLevel, client, meta: modernMetaOf(client, FIRST_MODERN_VERSION) };
    this.#known.set(session, made);
    return made;
  }
}
