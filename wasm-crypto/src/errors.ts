/**
 * Why an operation was refused.
 * - `not-ready`: {@link loadCrypto} has not resolved yet.
 * - `malformed`: bytes or an argument of the wrong length or shape.
 * - `wrong-version`: made by a newer version of Aside, or of one that is no longer spoken. Never delete what it guards.
 * - `damaged`: an invite's text with a typo, or cut short.
 * - `forged`: a signature or an authentication tag that does not fit.
 * - `duplicate`: exactly this envelope (live or not) was opened before.
 * - `rollback`: the peer used a number or a chain a second time for other bytes: it came back from a copy.
 * - `unknown-chain`: no header key fits: noise, another session's envelope, or a chain that is no longer remembered.
 * - `too-far-ahead`: more envelopes are missing before this one than the session will keep keys for.
 * - `stale`: a live envelope of an older attempt, or older than the replay window.
 * - `too-large`: a plaintext that no size class holds, or more memory than there is.
 * - `wrong-passphrase`: another passphrase than the one that the master key was wrapped with.
 */
export type CryptoErrorCode =
  | 'not-ready'
  | 'malformed'
  | 'wrong-version'
  | 'damaged'
  | 'forged'
  | 'duplicate'
  | 'rollback'
  | 'unknown-chain'
  | 'too-far-ahead'
  | 'stale'
  | 'too-large'
  | 'wrong-passphrase';

/** The one error of this package. Nothing in its message is secret. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError';
  readonly code: CryptoErrorCode;
  constructor(code: CryptoErrorCode, detail?: string) {
    super(detail === undefined ? code : `${code}: ${detail}`);
    this.code = code;
  }
}
