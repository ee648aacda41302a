export type { ServerSettings } from './entities/server.entity.js';
export { ChildrenRepository, type StoredPrompt, type StoredResource, type StoredTool } from './children.repository.js';
export { nameWords, proseWords } from './search/words.js';
export { trigramText } from './search/search-document.js';
export type { ServerRecord } from './server-record.js';
export { ServersModule } from './servers.module.js';
export { ServersRepository } from './servers.repository.js';
export { ServersService } from './servers.service.js';
