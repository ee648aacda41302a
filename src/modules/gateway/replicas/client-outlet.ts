import { EVENT_STREAM } from '../../../mcp/sse-encoder.js';
import type { Outlet } from '../endpoint/outlet.js';

/** Ends what may be half an event, so that the next one can be read. */
const EVENT_END = Buffer.from('\n\n');

/** The client's outlet for an answer of another replica: an event stream that breaks off stays open for the error that says so. */
export class ClientOutlet implements Outlet {
  constructor(private readonly outlet: Outlet) {}

  get started(): boolean {
    return this.outlet.started;
  }

  get contentType(): string | undefined {
    return this.outlet.contentType;
  }

  get unreadBytes(): number {
    return this.outlet.unreadBytes;
  }

  send(status: number, headers: Readonly<Record<string, string>>, body?: Buffer | readonly Buffer[]): void {
    this.outlet.send(status, headers, body);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    this.outlet.start(status, headers);
  }

  write(bytes: Buffer): Promise<void> | undefined {
    return this.outlet.write(bytes);
  }

  end(last?: Buffer): void {
    this.outlet.end(last);
  }

  destroy(): void {
    if (this.contentType === EVENT_STREAM) void this.outlet.write(EVENT_END);
    else this.outlet.destroy();
  }

  onClose(listener: () => void): void {
    this.outlet.onClose(listener);
  }
}
