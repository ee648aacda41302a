import { storeServers } from '../../bench/catalogue/store.js';
import type { DatabaseAccess } from '../../src/database/database-access.js';
import { DiscoveryService } from '../../src/modules/discovery/discovery.service.js';
import type { Found } from '../../src/modules/discovery/found.js';
import { FoundServersRepository } from '../../src/modules/discovery/repositories/found-servers.repository.js';
import { PromptsRepository } from '../../src/modules/discovery/repositories/prompts.repository.js';
import { ResourcesRepository } from '../../src/modules/discovery/repositories/resources.repository.js';
import { ToolsRepository } from '../../src/modules/discovery/repositories/tools.repository.js';
import { SearchTermsRepository } from '../../src/modules/discovery/search/search-terms.repository.js';
import { SearchRepository } from '../../src/modules/discovery/search/search.repository.js';
import { TextSearch } from '../../src/modules/discovery/search/text-search.js';
import { searchAudience, setAudience } from '../../src/modules/servers/search/search-index.js';
import { openTestDatabase } from './database.js';

export const inputSchema = { type: 'object', properties: {} } as const;

export interface TestTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: typeof inputSchema;
}

export function tool(name: string, description = ''): TestTool {
  return { name, description, inputSchema };
}

export function names(found: Found<{ readonly name: string }>): string[] {
  return found.items.map(({ name }) => name);
}

/** Discovery on a database of its own, and short ways to fill it. */
export class TestDiscovery {
  readonly discovery: DiscoveryService;
  readonly terms: SearchTermsRepository;

  private constructor(
    readonly database: DatabaseAccess,
    readonly close: () => Promise<void>,
  ) {
    this.discovery = new DiscoveryService(
      new ToolsRepository(database),
      new ResourcesRepository(database),
      new PromptsRepository(database),
      new FoundServersRepository(database),
      new TextSearch(new SearchRepository(database)),
    );
    this.terms = new SearchTermsRepository(database);
  }

  static async open(): Promise<TestDiscovery> {
    const opened = await openTestDatabase();
    return new TestDiscovery(opened.access, () => opened.close());
  }

  async clear(): Promise<void> {
    await this.database.query('DELETE FROM mcp_servers');
    await this.database.query('DELETE FROM search_terms');
  }

  /** A healthy server of a tenant with these tools; its id. */
  async server(tenantId: string, name: string, ...tools: readonly TestTool[]): Promise<string> {
    await this.database.transaction('test.server', (manager) => storeServers(manager, tenantId, [{ name, tools }]));
    const [row] = await this.database.query<{ id: string }>(
      'SELECT id FROM mcp_servers WHERE tenant_id = $1 AND name = $2',
      [tenantId, name],
    );
    return row!.id;
  }

  async share(id: string, shared: boolean, tenantId: string): Promise<void> {
    await this.database.transaction('test.share', async (manager) => {
      await manager.query('UPDATE mcp_servers SET shared = $2 WHERE id = $1', [id, shared]);
      await setAudience(manager, id, searchAudience({ tenantId, shared, isLatest: true }));
    });
  }
}
