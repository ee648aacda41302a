import type { JsonRecord } from '../../json-record.js';

/**
 * A legacy server's tool as modern clients read it: without `execution`, which says how the tool runs as a task of
 * 2025-11-25 (Tasks, Tool-Level Negotiation) and went with those (2026-07-28, Changelog, major 6).
 */
export function toModernTool(definition: JsonRecord): JsonRecord {
  if (!Object.hasOwn(definition, 'execution')) return definition;
  const { execution: _execution, ...modern } = definition;
  return modern;
}
