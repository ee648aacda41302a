import type { Json } from '../../kernel/canonical-json.js';
import type { ServerStatus, TransportType } from '../../kernel/words.js';

/** Where a page of a list by name ended: the next one begins after it. */
export interface Position {
  readonly name: string;
  readonly id: string;
}

export interface FoundServer {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly alias: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly status: ServerStatus;
  readonly transportType: TransportType | null;
  readonly tags: readonly string[];
  readonly capabilities: Readonly<Record<string, Json>>;
  /** In answers to free text only: higher is better, comparable within one answer. */
  readonly score?: number;
}

/** The server that a found thing belongs to. */
export type OfferingServer = Pick<FoundServer, 'id' | 'name' | 'status'>;

interface Offered {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly server: OfferingServer;
  readonly score?: number;
}

export interface FoundTool extends Offered {
  readonly title: string | null;
  readonly inputSchema: Json;
  readonly outputSchema: Json | null;
  readonly annotations: Json | null;
}

/** A resource (`uri`) or a resource template (`uriTemplate`): exactly one of the two is set. */
export interface FoundResource extends Offered {
  readonly uri: string | null;
  readonly uriTemplate: string | null;
  readonly mimeType: string | null;
}

export interface FoundPrompt extends Offered {
  readonly arguments: Json | null;
}

/** One page, or the best answers to a free text (which have no next page). */
export interface Found<T> {
  readonly items: readonly T[];
  /** The servers of these items, each once, in the order in which they first appear. */
  readonly servers: readonly FoundServer[];
  readonly next: Position | null;
}
