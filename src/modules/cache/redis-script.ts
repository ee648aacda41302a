import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { RedisCommands } from './redis-connection.js';

/** A Lua script: it runs as a whole, and Redis keeps its text. */
export class RedisScript {
  readonly #sha1: string;

  constructor(private readonly text: string) {
    this.#sha1 = createHash('sha1').update(text).digest('hex');
  }

  async run(client: RedisCommands, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const given = { keys: [...keys], arguments: [...args] };
    try {
      return await client.evalSha(this.#sha1, given);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return client.eval(this.text, given);
    }
  }
}

/** The first word of an error reply is its code. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('NOSCRIPT');
}
