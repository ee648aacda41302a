import type { ShippingFigures } from './shipping.js';

/** What the shipper's thread is started with. */
export interface ShipperStart {
  readonly root: string;
  readonly writerId: string;
  readonly folder: string;
  readonly claimName: string;
  readonly databaseUrl: string;
  readonly chainKey: Uint8Array;
}

export type ToShipper =
  | { readonly kind: 'finish'; readonly withinMs: number }
  /** The answer to `partitions`. */
  | { readonly kind: 'partitions'; readonly error: string | undefined };

export type FromShipper =
  | { readonly kind: 'log'; readonly level: 'log' | 'warn'; readonly message: string }
  | { readonly kind: 'figures'; readonly figures: ShippingFigures }
  /** Rows of these days have no partition. */
  | { readonly kind: 'partitions'; readonly daysMs: readonly number[] }
  | { readonly kind: 'finished'; readonly complete: boolean };
