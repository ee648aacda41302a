import type { Config } from '../../config/config.js';

/** The injection token of {@link AuthOptions}. */
export const AUTH_OPTIONS = Symbol('AUTH_OPTIONS');

export interface AuthOptions extends Readonly<Config['auth']> {
  /** Where the first key is written. */
  readonly dataDir: string;
  /** What clients reach the service under, for challenges; undefined: whatever they used. */
  readonly publicUrl: string | undefined;
}
