import { encodeSseMessage, SSE_KEEP_ALIVE } from '../../../../mcp/sse-encoder.js';
import type { Outlet } from '../../endpoint/outlet.js';
import { EVENT_STREAM_HEADERS, JSON_HEADERS } from '../../forward/relay.js';

/** The answer to a legacy request: JSON, or an event stream once there is something to say before the end. */
export class CallReply {
  constructor(private readonly outlet: Outlet) {}

  /** A message before the answer. */
  async say(message: Buffer): Promise<void> {
    if (!this.outlet.started) this.outlet.start(200, EVENT_STREAM_HEADERS);
    await this.outlet.write(encodeSseMessage(message));
  }

  /** A stream on which nothing is said for long would be cut by whoever stands between. */
  keepAlive(): void {
    void this.outlet.write(SSE_KEEP_ALIVE);
  }

  end(answer: Buffer): void {
    if (this.outlet.started) this.outlet.end(encodeSseMessage(answer));
    else this.outlet.send(200, JSON_HEADERS, answer);
  }
}
