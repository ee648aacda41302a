import { Injectable } from '@nestjs/common';
import { doubtsEra } from '../../../mcp/era-doubt.js';
import { Resync } from '../../servers/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';

/** A server whose answer to a modern request is not a modern server's is probed again soon: it may be another one now. */
@Injectable()
export class EraDoubts {
  constructor(private readonly resync: Resync) {}

  /** @param errorCode of the JSON-RPC error that it answered; `undefined` for none. */
  weigh(server: RoutedServer, statusCode: number, errorCode: number | undefined): void {
    if (doubtsEra(statusCode, errorCode)) this.resync.soon(server.id);
  }
}
