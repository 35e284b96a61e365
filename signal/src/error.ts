/** What can go wrong inside the server; branch on `code`. */
export type SignalErrorCode =
  /** The store can't at this moment: the disk is full, failing, or the server is at its limit of mailboxes. */
  | 'store-busy'
  /** The mailbox is unknown, and whoever opens it has no right to a new one. */
  | 'pass-needed'
  /** The environment does not describe a server; the message names every mistake. */
  | 'bad-config'
  /** The address is taken or not ours. */
  | 'cannot-listen'
  /** The data directory was written by a newer version, is not a store, or another server runs on it; Redis is not there, or would lose what it answers. */
  | 'bad-store';

/** The server's only error class. */
export class SignalError extends Error {
  readonly code: SignalErrorCode;
  constructor(code: SignalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SignalError';
    this.code = code;
  }
}
