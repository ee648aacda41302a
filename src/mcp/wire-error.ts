/** The id of a request as JSON text (`7`, `"a"`), so that a peer gets back the bytes it sent. */
export type RawId = string | Buffer;

/** The id of an answer to a message whose id could not be read (JSON-RPC 2.0, section 5). */
export const NO_ID = 'null';

/** `{"jsonrpc":"2.0","id":<id>,"error":{...}}` as bytes. `data` is left out when it is not given. */
export function encodeError(id: RawId, code: number, message: string, data?: unknown): Buffer {
  const error = JSON.stringify(data === undefined ? { code, message } : { code, message, data });
  const idText = typeof id === 'string' ? id : id.toString('utf8');
  return Buffer.from(`{"jsonrpc":"2.0","id":${idText},"error":${error}}`);
}

/** A refusal as the caller gets it: the HTTP status and the JSON-RPC error in its body. A value, never thrown. */
export class WireError {
  constructor(
    readonly httpStatus: number,
    readonly code: number,
    readonly message: string,
    readonly data?: unknown,
    readonly id: RawId = NO_ID,
    /** For a `Retry-After` header, in whole seconds. */
    readonly retryAfterSeconds?: number,
  ) {}

  encode(): Buffer {
    return encodeError(this.id, this.code, this.message, this.data);
  }
}
