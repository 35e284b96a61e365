/**
 * Every label that separates one use of a key or a hash from another, in one place, so that it can be seen that no
 * two are equal and none is a prefix of another (SPEC 2.3). They are part of the format: changing one is a new version.
 */
const text = new TextEncoder();
const label = (name: string): Uint8Array => text.encode(`aside/1 ${name}\0`);

export const LABELS = {
  identitySignature: label('identity signature'),
  identityHash: label('identity hash'),
  identityStatement: label('identity statement'),
  inviteChecksum: label('invite checksum'),
  inviteRendezvous: label('invite rendezvous'),
  inviteBundle: label('invite bundle'),
  inviteHandshake: label('invite handshake'),
  invitePreShared: label('invite pre-shared key'),
  bundleSignature: label('bundle signature'),
  handshakeTranscript: label('handshake transcript'),
  handshakeSecret: label('handshake secret'),
  associatedData: label('associated data'),
  sessionStart: label('session start'),
  rootStep: label('root step'),
  keyBlock: label('key block'),
  chain: label('chain'),
  live: label('live'),
  table: label('table'),
  row: label('row'),
  wrappedKey: label('wrapped key'),
  backup: label('back-up'),
  backupHeader: label('back-up header'),
  backupChunk: label('back-up chunk'),
  safetyNumber: label('safety number'),
  emoji: label('emoji'),
  moon: label('moon'),
  words: label('words'),
  wordsKeys: label('words keys'),
  wordsAccepter: label('words accepter'),
  wordsInviter: label('words inviter'),
  wordsInvite: label('words invite'),
  wordsReply: label('words reply'),
  recoverySecret: label('recovery secret'),
  recoveryMailbox: label('recovery mailbox'),
  recoveryBundle: label('recovery bundle'),
  recoverySignature: label('recovery signature'),
  recoveryHandshake: label('recovery handshake'),
  recoveryPreShared: label('recovery pre-shared key'),
} as const;
