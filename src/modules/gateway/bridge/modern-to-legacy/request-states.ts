import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Secrets } from '../../../../config/secrets.js';
import { AppError } from '../../../../kernel/app-error.js';
import { Clock } from '../../../../kernel/clock.js';
import { REPLICA_ID } from '../../replicas/replica-id.js';

const PURPOSE = 'request state';
const MAC_BYTES = 32;
const ID_BYTES = 16;
/** A state of ours is much shorter. */
const CHARACTERS_AT_MOST = 1024;

/** What a state is good for: nobody else, at no other server, with no other method. */
export interface StateBinding {
  readonly principal: string;
  readonly serverId: string;
  readonly method: string;
  /** The tool, prompt or URI, under the server's own name. */
  readonly name: string | undefined;
}

/** What a state of ours says. */
export interface RequestState {
  /** The replica that holds the call. */
  readonly replica: string;
  /** The call, by an id that only its states name. */
  readonly call: string;
  /** Grows with each round of questions: each state is good for one retry. */
  readonly round: number;
  readonly expiresAtMs: number;
}

/** Makes and reads the `requestState` of suspended calls: signed, expiring, bound. It holds nothing that is secret. */
@Injectable()
export class RequestStates {
  readonly #keys: readonly Buffer[];

  constructor(
    secrets: Secrets,
    private readonly clock: Clock,
    @Inject(REPLICA_ID) private readonly replica: string,
  ) {
    this.#keys = secrets.derive(PURPOSE);
  }

  newCall(): string {
    return randomBytes(ID_BYTES).toString('base64url');
  }

  mint(call: string, round: number, expiresAtMs: number, binding: StateBinding): string {
    const payload = Buffer.from(JSON.stringify([this.replica, call, round, expiresAtMs]));
    const [key = Buffer.alloc(0)] = this.#keys;
    return Buffer.concat([mac(key, payload, binding), payload]).toString('base64url');
  }

  /** @throws AppError `mcp.request_state_invalid`, `mcp.request_state_expired`: -32602 to the client. */
  verify(state: string, binding: StateBinding): RequestState {
    const bytes = Buffer.from(state.length > CHARACTERS_AT_MOST ? '' : state, 'base64url');
    const [given, payload] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
    const signed = payload.length > 0 && this.#keys.some((key) => timingSafeEqual(mac(key, payload, binding), given));
    if (!signed) {
      throw new AppError(
        'invalid',
        'mcp.request_state_invalid',
        'The requestState is not one that this service gave to this caller for this call.',
      );
    }
    const [replica, call, round, expiresAtMs] = JSON.parse(payload.toString('utf8')) as [
      string,
      string,
      number,
      number,
    ];
    if (this.clock.nowMs() >= expiresAtMs) {
      throw new AppError('invalid', 'mcp.request_state_expired', 'The answer came too late: the call has ended.');
    }
    return { replica, call, round, expiresAtMs };
  }
}

function mac(key: Buffer, payload: Buffer, { principal, serverId, method, name }: StateBinding): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([principal, serverId, method, name ?? null]))
    .update('\n')
    .update(payload)
    .digest();
}
