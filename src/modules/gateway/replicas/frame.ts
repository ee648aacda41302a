import type { ErrorKind } from '../../../kernel/app-error.js';

/** What a frame tells, beside its bytes. `asker` to `owner` is `up`. */
export type Frame =
  /** One message, no answer. */
  | { readonly type: 'message'; readonly kind: string; readonly meta: unknown }
  /** Opens an exchange; its bytes and the `data` that follows are the request's body. */
  | {
      readonly type: 'ask';
      readonly exchange: string;
      readonly kind: string;
      readonly meta: unknown;
      readonly bodyBytes: number;
    }
  | {
      readonly type: 'data';
      readonly exchange: string;
      readonly way: Way;
      readonly sequence: number;
      readonly head?: AnswerHead | undefined;
      readonly last?: boolean | undefined;
    }
  /** All bytes consumed so far, so that a lost one does no harm. */
  | { readonly type: 'ack'; readonly exchange: string; readonly way: Way; readonly bytes: number }
  /** The exchange is over, and not as it should be. */
  | { readonly type: 'abort'; readonly exchange: string; readonly way: Way; readonly error?: WireFailure | undefined }
  /** Still here; the exchanges with the addressee, each with the bytes consumed. */
  | { readonly type: 'beat'; readonly up: Acks; readonly down: Acks };

export type Way = 'up' | 'down';
export type Acks = Readonly<Record<string, number>>;

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** An `AppError` between replicas. */
export interface WireFailure {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}
