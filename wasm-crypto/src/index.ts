/**
 * Everything secret, and nothing else: identities, invites, the handshake, sessions, live envelopes and the vault.
 * SPEC.md beside this folder is the protocol. All but {@link loadCrypto} is synchronous, so that it can run inside an
 * IndexedDB transaction; no function changes its input.
 */
export { BackupOpener, BackupSealer } from './backup/chunks.ts';
export { BACKUP_HEADER_BYTES, type BackupHeader, decodeBackupHeader, newBackup } from './backup/header.ts';
export { CryptoError, type CryptoErrorCode } from './errors.ts';
export { type Introduced, initiate, respond } from './establish.ts';
export {
  compareIdentities,
  decodeIdentity,
  decodeIdentityKeys,
  encodeIdentity,
  encodeIdentityKeys,
  type Identity,
  type IdentityKeys,
  identityHash,
  newIdentity,
  publicIdentity,
} from './identity.ts';
export {
  type IdentityStatement,
  identityFingerprint,
  identityStatement,
  readIdentityStatement,
} from './identity-statement.ts';
export { type InviteBundle, type MailboxAddress, openBundle, SEALED_BUNDLE_BYTES } from './invite/bundle.ts';
export { type CreatedInvite, createInvite } from './invite/create.ts';
export { decodeInviteKeys, encodeInviteKeys, type InviteKeys } from './invite/keys.ts';
export { rendezvousKey } from './invite/secrets.ts';
export { INVITE_TEXT_LENGTH, type Invite, readInvite } from './invite/text.ts';
export { type LiveNumber, openLive, sealLive } from './live/live.ts';
export { type LiveWindow, newLiveWindow } from './live/window.ts';
export { MAILBOX_ID_BYTES, MAILBOX_KEY_BYTES, mailboxIdOf } from './mailbox.ts';
export { type Moon, moon } from './moon.ts';
export { randomBytes } from './random.ts';
export {
  MAX_RECOVERY_NOTE,
  openRecoveryBundle,
  type RecoveryBundle,
  type RecoveryPair,
  sealRecoveryBundle,
} from './recovery/bundle.ts';
export {
  decodeRecoveryKeys,
  encodeRecoveryKeys,
  newRecoveryKeys,
  type RecoveryKeys,
} from './recovery/keys.ts';
export { openRenewed, renew } from './recovery/renew.ts';
export { LAST_GENERATION, recoveryMailboxKey } from './recovery/secrets.ts';
export { SAFETY_EMOJI } from './safety-emoji.ts';
export { type SafetyNumber, safetyNumber } from './safety-number.ts';
export { decodeSession, encodeSession } from './session/codec.ts';
export { MAX_SESSION_BYTES } from './session/limits.ts';
export { open } from './session/open.ts';
export { dropPreparedKeyPair, prepareKeyPair } from './session/prepared.ts';
export { seal } from './session/seal.ts';
export { type Session, sessionHeard, sessionPeer } from './session/state.ts';
export {
  ENVELOPE_CLASSES,
  ENVELOPE_OVERHEAD,
  LIVE_CLASSES,
  LIVE_OVERHEAD,
  MAX_ENVELOPE,
  MAX_LIVE_ENVELOPE,
  MAX_LIVE_PLAINTEXT,
  MAX_PLAINTEXT,
  MIN_ENVELOPE,
} from './sizes.ts';
export { loadCrypto, type ModuleSource, wipe } from './sodium.ts';
export {
  calibratePassphrase,
  PASSPHRASE_MAX_BYTES,
  type PassphraseCost,
  unwrapWithPassphrase,
  wrapWithPassphrase,
} from './vault/passphrase.ts';
export { newMasterKey, openRow, sealRow, tableKey } from './vault/rows.ts';
export {
  type DeviceWrap,
  decodeWrappedMasterKey,
  encodeWrappedMasterKey,
  type PassphraseWrap,
  type WrappedMasterKey,
} from './vault/wrapped.ts';
export { wipeWithin } from './wipe-within.ts';
export {
  answerByWords,
  askByWords,
  handOverInvite,
  proveWords,
  SPOKEN_WORDS,
  type Spoken,
  secretWords,
  type ThreeWords,
  takeInvite,
  type WordsAsked,
  type WordsKeys,
  wordsFit,
  wordsReplyKey,
} from './words/exchange.ts';
export { decodeWordsMessage, encodeWordsMessage, type WordsMessage } from './words/messages.ts';
