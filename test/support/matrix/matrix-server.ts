import type { Upstream } from '../upstreams/listen.js';

/** A server with one tool for each feature of the matrix, whatever era it speaks. */
export interface MatrixServer extends Upstream {
  /** Calls of its tools that are under way. */
  running(): number;
  /** Calls that were stopped before their end, by the tool's name. */
  readonly stopped: readonly string[];
  /** Its one resource, which no other server has. */
  readonly watched: string;
  resourceUpdated(): Promise<void> | void;
  toolsChanged(): Promise<void> | void;
}

export const SIGN_IN_URL = 'https://example.org/sign-in';
export const LOG_LEVELS = ['debug', 'warning', 'error'] as const;
export const STEPS = [1, 2, 3] as const;
/** What the first argument of the prompt `greet` completes to. */
export const NAMES = ['Ada', 'Adam', 'Eve'];
export const NAME_SCHEMA = {
  type: 'object' as const,
  properties: { name: { type: 'string' as const } },
  required: ['name'],
};
export const QUESTION = [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hello?' } }];

export const DESCRIPTIONS = {
  echo: 'Says back its argument `text`',
  steps: 'Reports three steps of progress',
  hang: 'Works until it is stopped, and reports progress once',
  log: 'Logs at three levels',
  ask: 'Asks the user with a form; gives up after `patienceMs`, when it has it',
  sign_in: 'Sends the user to a URL first',
  sample: 'Asks for a completion',
  roots: 'Asks for the roots',
  fail: 'Fails',
} as const;

export type ToolName = keyof typeof DESCRIPTIONS;

export function textResult(text: string) {
  return { content: [{ type: 'text' as const, text }] };
}

/** What a user answered to a form, in words. */
export function answerText(action: string, content: Readonly<Record<string, unknown>> | undefined): string {
  return content === undefined ? action : `${action} ${String(content['name'])}`;
}

/** What a server of the matrix keeps, over its sessions or without any. */
export class MatrixState {
  readonly stopped: string[] = [];
  running = 0;
  /** How often somebody came to `sign_in`. */
  visits = 0;
  #revision = 1;

  /** The tools as they are now. */
  get tools(): readonly { readonly name: ToolName; readonly description: string }[] {
    const revision = ` (revision ${String(this.#revision)})`;
    return Object.entries(DESCRIPTIONS).map(([name, text]) => ({
      name: name as ToolName,
      description: text + revision,
    }));
  }

  changeTools(): void {
    this.#revision += 1;
  }

  /** Runs a tool until its end, or until the signal says that nobody waits for it. */
  async track<T>(tool: string, signal: AbortSignal, run: () => Promise<T> | T): Promise<T> {
    const stop = (): void => void this.stopped.push(tool);
    signal.addEventListener('abort', stop, { once: true });
    this.running += 1;
    try {
      return await run();
    } finally {
      this.running -= 1;
      signal.removeEventListener('abort', stop);
    }
  }
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
