/** Who may read `/metrics`. */
export interface MetricsAccess {
  readonly token: string | undefined;
  /** Without a token: open (local mode) or hidden. */
  readonly open: boolean;
}

export const METRICS_ACCESS = Symbol('METRICS_ACCESS');
