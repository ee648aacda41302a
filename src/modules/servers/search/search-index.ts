import type { EntityManager } from 'typeorm';
import type { SearchDocument } from './search-document.js';

/** The audience of what an operator shares with every tenant (`tool_search.audience`). */
const EVERYBODY = '*';
/** Of what no search finds: versions that are not the latest. No tenant has an empty id. */
const NOBODY = '';
/** Texts of at most 64 KiB each: one statement stays below 16 MiB. */
const BATCH = 250;

/** One tool and its search document. */
export interface IndexedTool {
  readonly toolId: string;
  readonly tenantId: string;
  /** From `searchAudience`. */
  readonly audience: string;
  readonly document: SearchDocument;
}

/** Who finds a server's tools: its tenant, everybody when it is shared, nobody when it is not the latest version. */
export function searchAudience(server: {
  readonly tenantId: string;
  readonly shared: boolean;
  readonly isLatest: boolean;
}): string {
  if (!server.isLatest) return NOBODY;
  return server.shared ? EVERYBODY : server.tenantId;
}

/**
 * Writes the search documents of tools that exist already in `server_tools`, new and changed ones
 * alike. A removed tool takes its document with it (foreign key).
 */
export async function indexTools(manager: EntityManager, tools: readonly IndexedTool[]): Promise<void> {
  for (let start = 0; start < tools.length; start += BATCH) {
    const batch = tools.slice(start, start + BATCH);
    await manager.query(
      `/* search.index_tools */ INSERT INTO tool_search (tool_id, tenant_id, audience, vector, trigram_text)
       SELECT tool_id, tenant_id, audience,
              setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', server), 'B') ||
              setweight(to_tsvector('english', text), 'C') || setweight(to_tsvector('english', parameters), 'D'),
              trigram_text
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            AS d(tool_id, tenant_id, audience, name, server, text, parameters, trigram_text)
       ON CONFLICT (tool_id) DO UPDATE SET tenant_id = excluded.tenant_id, audience = excluded.audience,
         vector = excluded.vector, trigram_text = excluded.trigram_text`,
      [
        batch.map((tool) => tool.toolId),
        batch.map((tool) => tool.tenantId),
        batch.map((tool) => tool.audience),
        batch.map((tool) => tool.document.name),
        batch.map((tool) => tool.document.server),
        batch.map((tool) => tool.document.text),
        batch.map((tool) => tool.document.parameters),
        batch.map((tool) => tool.document.trigramText),
      ],
    );
  }
}

/** After a server was shared, unshared, or became or ceased to be its name's latest version. */
export async function setAudience(manager: EntityManager, serverId: string, audience: string): Promise<void> {
  await manager.query(
    `/* search.set_audience */ UPDATE tool_search SET audience = $2
     FROM server_tools t WHERE t.id = tool_search.tool_id AND t.server_id = $1 AND tool_search.audience <> $2`,
    [serverId, audience],
  );
}
