import {
  type ItemReader,
  type PromptDefinition,
  readPrompt,
  readResource,
  readResourceTemplate,
  readTool,
  type ResourceDefinition,
  type ResourceTemplateDefinition,
  type ToolDefinition,
} from './definitions.js';
import { isObject, type JsonObject, measure } from './json-defects.js';
import type { ProbeLimits } from './limits.js';
import { ProbeError, RpcError } from './probe-error.js';
import { type Problems, quoted } from './problems.js';
import { METHOD_NOT_FOUND } from './protocol.js';
import type { Session } from './session.js';

export interface Lists {
  readonly tools: readonly ToolDefinition[];
  readonly resources: readonly ResourceDefinition[];
  readonly resourceTemplates: readonly ResourceTemplateDefinition[];
  readonly prompts: readonly PromptDefinition[];
}

/** Reads the lists of every capability that the server declares, one after the other. */
export async function readLists(
  session: Session,
  capabilities: JsonObject,
  limits: ProbeLimits,
  problems: Problems,
): Promise<Lists> {
  const reader = new ListReader(session, limits, problems);
  const has = (capability: string): boolean => isObject(capabilities[capability]);
  return {
    tools: has('tools') ? await reader.read('tools/list', 'tools', readTool) : [],
    resources: has('resources') ? await reader.read('resources/list', 'resources', readResource) : [],
    resourceTemplates: has('resources')
      ? await reader.read('resources/templates/list', 'resourceTemplates', readResourceTemplate)
      : [],
    prompts: has('prompts') ? await reader.read('prompts/list', 'prompts', readPrompt) : [],
  };
}

class ListReader {
  #totalBytes = 0;

  constructor(
    private readonly session: Session,
    private readonly limits: ProbeLimits,
    private readonly problems: Problems,
  ) {}

  /**
   * All pages. A list that never ends is cut, and said so; a server that fails in the middle fails
   * the probe, since half a list would look like removed tools.
   */
  async read<T>(method: string, member: string, readItem: ItemReader<T>): Promise<T[]> {
    const items = new Map<string, T>();
    const cursors = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < this.limits.pagesPerList; page += 1) {
      const result = await this.page(method, cursor);
      if (result === undefined) return [];
      const raws: unknown = result[member];
      if (!Array.isArray(raws)) throw new ProbeError('protocol_error', `${method} was answered without ${member}.`);
      if (!this.take(method, raws, readItem, items)) return [...items.values()];
      const next = result['nextCursor'];
      // An empty cursor is how some servers spell the end.
      if (typeof next !== 'string' || next === '') return [...items.values()];
      if (cursors.has(next) || next.length > this.limits.cursorChars) {
        const what = cursors.has(next) ? 'a cursor that it had given before' : 'a cursor that is too long';
        this.problems.add(`${method}: the server gave ${what}; reading stopped after page ${page + 1}`);
        return [...items.values()];
      }
      cursors.add(next);
      cursor = next;
    }
    this.problems.add(`${method} has more than ${this.limits.pagesPerList} pages; the rest is left out`);
    return [...items.values()];
  }

  /** One page; undefined when the server declares the capability and does not have the method. */
  private async page(method: string, cursor: string | undefined): Promise<JsonObject | undefined> {
    try {
      const result = await this.session.request(method, cursor === undefined ? {} : { cursor });
      const type = result['resultType'];
      if (type === undefined || type === 'complete') return result;
      throw new ProbeError('protocol_error', `${method} was answered with a result that is not complete.`);
    } catch (error) {
      if (!(error instanceof RpcError) || error.rpcCode !== METHOD_NOT_FOUND || cursor !== undefined) throw error;
      // Many servers have resources and no templates, and nothing is wrong with that.
      if (method !== 'resources/templates/list')
        this.problems.add(`${method}: declared, but the server has no such method`);
      return undefined;
    }
  }

  /** Adds one page's items; false when the list is full. */
  private take<T>(method: string, raws: readonly unknown[], readItem: ItemReader<T>, items: Map<string, T>): boolean {
    for (const raw of raws) {
      if (items.size >= this.limits.itemsPerList) {
        this.problems.add(`${method} has more than ${this.limits.itemsPerList} items; the rest is left out`);
        return false;
      }
      const defect = this.takeOne(raw, readItem, items);
      if (defect !== undefined) this.problems.add(`${method}: ${nameOf(raw)} was skipped: it ${defect}`);
    }
    return true;
  }

  private takeOne<T>(raw: unknown, readItem: ItemReader<T>, items: Map<string, T>): string | undefined {
    if (!isObject(raw)) return 'is not an object';
    const measured = measure(raw, this.limits);
    if ('defect' in measured) return measured.defect;
    const read = readItem(raw, this.limits);
    if ('defect' in read) return read.defect;
    if (items.has(read.key)) return 'is listed twice';
    this.#totalBytes += measured.bytes;
    if (this.#totalBytes > this.limits.totalBytes) {
      const limit = this.limits.totalBytes;
      throw new ProbeError(
        'response_too_large',
        `The definitions of this server have more than ${limit} bytes together.`,
      );
    }
    items.set(read.key, read.item);
    return undefined;
  }
}

function nameOf(raw: unknown): string {
  const name = isObject(raw) ? raw['name'] : undefined;
  return typeof name === 'string' ? quoted(name) : 'an item without a name';
}
