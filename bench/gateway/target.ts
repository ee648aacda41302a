/** One endpoint of a comparison. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** The process that answers, for its processor time. */
  readonly pid: number;
  /** The exposed name of the echo tool. */
  readonly tool: string;
}

export const DIRECT = 'direct';
export const BARE = 'bare proxy';
export const ONE_SERVER = '/mcp/servers/{name}';
export const AGGREGATE = '/mcp';
