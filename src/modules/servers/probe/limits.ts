/** How much of a server is read. A server that is larger is cut or refused, with words that say so. */
export interface ProbeLimits {
  /** One HTTP response, or one message on an SSE connection, decompressed. */
  readonly responseBytes: number;
  /** One definition, as JSON in UTF-8. */
  readonly definitionBytes: number;
  /** All definitions of one server together: pages times items times sizes would be gigabytes. */
  readonly totalBytes: number;
  readonly itemsPerList: number;
  readonly pagesPerList: number;
  /** Names of tools, resources and prompts, and MIME types: they are indexed. */
  readonly nameChars: number;
  /** URIs and URI templates, in UTF-8: they are indexed, and an index entry ends near 2,700 bytes. */
  readonly uriBytes: number;
  /** Levels of arrays and objects in one definition; more would overflow a stack here or in PostgreSQL. */
  readonly depth: number;
  readonly instructionsChars: number;
  readonly cursorChars: number;
}

export const DEFAULT_PROBE_LIMITS: ProbeLimits = {
  responseBytes: 8 * 1024 * 1024,
  definitionBytes: 256 * 1024,
  totalBytes: 64 * 1024 * 1024,
  itemsPerList: 10_000,
  pagesPerList: 1_000,
  nameChars: 512,
  uriBytes: 2_048,
  depth: 128,
  instructionsChars: 32_768,
  cursorChars: 4_096,
};
