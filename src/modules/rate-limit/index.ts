export type { Decision, Demand } from './demand.js';
export { MemoryBuckets } from './memory-buckets.js';
export { SharedBuckets } from './shared-buckets.js';
