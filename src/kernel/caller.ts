import type { Principal } from './principal.js';

/** Who is asking, and in which request: what services pass on to the audit. */
export interface Caller {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly clientIp: string;
}
