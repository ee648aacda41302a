/** How servers are checked. */
export interface HealthSettings {
  readonly intervalSeconds: number;
  readonly timeoutMs: number;
  /** Checks at once. */
  readonly concurrency: number;
}

export const HEALTH_SETTINGS = Symbol('HEALTH_SETTINGS');
