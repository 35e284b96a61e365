/** How a command fails. */

/** Every way in which a command fails; views turn each into a sentence and a button. */
export type BridgeErrorCode =
  | 'engine-gone'
  | 'not-ready'
  | 'locked'
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'passphrase-too-early'
  /** The work that it takes was not finished: nothing was tried, and trying again is all there is to do. */
  | 'passphrase-unanswered'
  | 'passphrase-too-short'
  | 'passphrase-too-long'
  /** The file is no back-up. */
  | 'backup-unknown'
  /** A newer version of Aside made it. */
  | 'backup-newer'
  | 'backup-damaged'
  /** Another one was begun since, or this one is over. */
  | 'backup-superseded'
  /** A back-up is restored where nobody is yet. */
  | 'profile-exists'
  | 'name-empty'
  | 'name-too-long'
  | 'text-empty'
  | 'text-too-long'
  /** There is no text at all. */
  | 'server-missing'
  | 'server-malformed'
  | 'server-insecure'
  /** Nothing answers at an address that was typed. */
  | 'server-unreachable'
  /** One that is in use, or that an invite names, does not answer now, or can do nothing at this moment. */
  | 'server-away'
  | 'server-not-aside'
  /** It asks for a pass, and the address has none. */
  | 'server-pass-missing'
  /** The pass in its address is none of the server's (any more). */
  | 'server-pass-refused'
  /** There is no text at all, or a link without what makes it an invite. */
  | 'invite-missing'
  | 'invite-cut'
  | 'invite-damaged'
  | 'invite-newer-version'
  | 'invite-expired'
  | 'invite-used-or-withdrawn'
  | 'invite-own'
  | 'invite-limit'
  | 'words-limit'
  | 'words-unknown'
  | 'words-wrong'
  | 'words-no-answer'
  | 'words-rate'
  | 'proof-too-long'
  /** No statement of mine that something signed. */
  | 'proof-not-mine'
  | 'key-changed'
  /** A session with the key before is not there any more. */
  | 'old-key-gone'
  | 'unknown-contact'
  | 'unknown-message'
  | 'unknown-invite'
  | 'not-connected'
  | 'storage-full'
  | 'internal';

export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: BridgeErrorCode;
  constructor(code: BridgeErrorCode) {
    super(code);
    this.code = code;
  }
}
