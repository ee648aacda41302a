import type { EntityManager } from 'typeorm';
import type { Json } from '../../../kernel/canonical-json.js';
import { searchDocument, type SearchSource } from './search-document.js';
import { indexTools, searchAudience } from './search-index.js';

/** The server whose words its tools are found by. */
export interface IndexedServer {
  readonly id: string;
  readonly tenantId: string;
  readonly shared: boolean;
  readonly isLatest: boolean;
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
}

type StoredSource = Omit<SearchSource, 'server'> & { readonly id: string; readonly inputSchema: Json };

/** Definitions have 256 KiB at most: a page stays below 32 MiB. */
const PAGE = 100;

/** Writes the search documents of a server's tools anew, after its own title or description changed. */
export async function reindexTools(manager: EntityManager, server: IndexedServer): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const tools = (await manager.query(
      `/* search.reindex */ SELECT id, tool_name AS "toolName", title, description, input_schema AS "inputSchema"
       FROM server_tools WHERE server_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [server.id, after, PAGE],
    )) as StoredSource[];
    await indexTools(
      manager,
      tools.map((tool) => ({
        toolId: tool.id,
        tenantId: server.tenantId,
        audience: searchAudience(server),
        document: searchDocument({ ...tool, server }),
      })),
    );
    const last = tools.at(-1);
    if (!last || tools.length < PAGE) return;
    after = last.id;
  }
}
