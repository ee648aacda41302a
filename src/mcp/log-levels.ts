/** The severities of a log message, the mildest first (RFC 5424, section 6.2.1). */
export const LOG_LEVELS: readonly string[] = Object.freeze([
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]);

/** Whether a message of `level` is for a client that asked for `least` and worse; never with an unknown word. */
export function reachesLevel(level: unknown, least: unknown): boolean {
  const floor = LOG_LEVELS.indexOf(String(least));
  return typeof level === 'string' && floor !== -1 && LOG_LEVELS.indexOf(level) >= floor;
}
