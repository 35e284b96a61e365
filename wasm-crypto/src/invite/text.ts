/** The part of an invite's link behind the `#` (SPEC 4.1): 57 bytes as 76 letters. */
import { concat, Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { labelledHash } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { IDENTITY_HASH_BYTES, PROTOCOL_VERSION } from '../sizes.ts';
import { equalPublic, wipe } from '../sodium.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

export const INVITE_SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const BODY_BYTES = 1 + 4 + INVITE_SECRET_BYTES + IDENTITY_HASH_BYTES;
/** 76 letters: with an origin of 40 characters and `/i#` a link has 119. */
export const INVITE_TEXT_LENGTH = ((BODY_BYTES + CHECKSUM_BYTES) / 3) * 4;
/** No version of an invite is longer than a link may be. */
const MAX_TEXT_LENGTH = 120;

/** What the text of an invite says. */
export interface Invite {
  readonly version: 1;
  /** Seconds since the epoch; whether it is over is the caller's to say, who has a clock. */
  readonly expires: number;
  /** 32 bytes, from which everything else is derived. */
  readonly secret: Uint8Array;
  /** 16 bytes, of the inviter's identity. */
  readonly identityHash: Uint8Array;
}

/** Throws `malformed` for an expiry that is not a whole number of 32 bits, or a field of another length. */
export function writeInvite(invite: Invite): string {
  if (!Number.isInteger(invite.expires) || invite.expires < 0 || invite.expires >= 2 ** 32) {
    throw new CryptoError('malformed', 'expiry');
  }
  const body = new Writer(BODY_BYTES)
    .u8(invite.version)
    .u32(invite.expires)
    .put(invite.secret, INVITE_SECRET_BYTES)
    .put(invite.identityHash, IDENTITY_HASH_BYTES).bytes;
  const whole = concat(body, checksum(body));
  const text = toBase64Url(whole);
  wipe(body, whole);
  return text;
}

/**
 * Reads what follows the `#`. Throws `damaged` for a typo or a text cut short, `wrong-version` for a whole text of
 * another version: every version begins with its number and ends with the same checksum.
 */
export function readInvite(text: string): Invite {
  const bytes = text.length <= MAX_TEXT_LENGTH ? fromBase64Url(text) : undefined;
  if (bytes === undefined || bytes.length <= CHECKSUM_BYTES) throw new CryptoError('damaged', 'invite');
  try {
    return readBytes(bytes);
  } finally {
    wipe(bytes);
  }
}

function readBytes(bytes: Uint8Array): Invite {
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  if (!equalPublic(checksum(body), bytes.subarray(body.length))) throw new CryptoError('damaged', 'invite');
  if (body[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'invite');
  if (body.length !== BODY_BYTES) throw new CryptoError('damaged', 'invite');
  const reader = new Reader(body);
  reader.u8();
  return {
    version: PROTOCOL_VERSION,
    expires: reader.u32(),
    secret: reader.take(INVITE_SECRET_BYTES).slice(),
    identityHash: reader.take(IDENTITY_HASH_BYTES).slice(),
  };
}

function checksum(body: Uint8Array): Uint8Array {
  return labelledHash(16, LABELS.inviteChecksum, body).subarray(0, CHECKSUM_BYTES);
}
