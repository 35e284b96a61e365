/** Why a frame could not be read or written. */
export type WireErrorCode =
  /** Fewer or more bytes than the frame's type asks for. */
  | 'bad-length'
  /** The first byte is no frame type of this direction. */
  | 'unknown-type'
  /** A field holds a value that has no meaning (a reserved field that is not zero, a code that nobody defined). */
  | 'bad-value'
  /** An envelope or a whole frame is over its limit. */
  | 'too-large';

/** The only error that this package throws. Branch on `code`; the message is for people. */
export class WireError extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.name = 'WireError';
    this.code = code;
  }
}
