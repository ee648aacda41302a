export interface MonitorSettings {
  readonly intervalSeconds: number;
  /** By metric; what is not given is the sampler's own. */
  readonly thresholds: Readonly<
    Record<string, { readonly warning?: number | undefined; readonly critical?: number | undefined }>
  >;
}

export const MONITOR_SETTINGS = Symbol('MONITOR_SETTINGS');
