export { DiscoveryModule } from './discovery.module.js';
export { DiscoveryService } from './discovery.service.js';
export type { Found, FoundPrompt, FoundResource, FoundServer, FoundTool, OfferingServer, Position } from './found.js';
export {
  MOST_NAMES,
  MOST_RESULTS,
  type PromptQuery,
  type ResourceQuery,
  type ServerQuery,
  type ToolQuery,
} from './queries.js';
