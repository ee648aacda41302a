import { isRecord, type JsonRecord } from '../json-record.js';

/** Who a client says it is, when it says that as both eras want it (schema: Implementation), else `undefined`. */
export function readImplementation(info: unknown): JsonRecord | undefined {
  return isRecord(info) && typeof info['name'] === 'string' && typeof info['version'] === 'string' ? info : undefined;
}
