import { isRecord } from './json-record.js';

const MARK = Buffer.from('list_changed"');
const METHODS: ReadonlySet<unknown> = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
]);

/** Whether a message of a server says that one of its lists changed. What has not these words is not parsed. */
export function isListChanged(message: Buffer): boolean {
  if (!message.includes(MARK)) return false;
  try {
    const parsed: unknown = JSON.parse(message.toString('utf8'));
    return isRecord(parsed) && METHODS.has(parsed['method']);
  } catch {
    return false;
  }
}
