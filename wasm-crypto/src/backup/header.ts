/**
 * What a back-up begins with (SPEC 14.1): how its key is kept, in the open. The key is wrapped as the vault's master key
 * is, so that whoever has a passphrase to try pays for it as there.
 */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { labelledHash } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { decodeWrappedMasterKey, encodeWrappedMasterKey, type PassphraseWrap } from '../vault/wrapped.ts';

/** Carriage return, line feed and zero show at once what a transfer as text has done. */
const MAGIC = new TextEncoder().encode('Aside back-up\r\n\0');
const VERSION = 1;
const WRAP_BYTES = 98;
/** The nonces' common part: what is left of 24 bytes beside the number and the mark of the last. */
export const PREFIX_BYTES = 19;
const CHECKSUM_BYTES = 16;

/** 150. */
export const BACKUP_HEADER_BYTES = MAGIC.length + 1 + WRAP_BYTES + PREFIX_BYTES + CHECKSUM_BYTES;

export interface BackupHeader {
  /** Of the back-up's key. */
  readonly wrap: PassphraseWrap;
  /** {@link PREFIX_BYTES}. */
  readonly prefix: Uint8Array;
  /** The whole of it, {@link BACKUP_HEADER_BYTES}, as it stands in the file. */
  readonly bytes: Uint8Array;
}

/** The header of a new file whose key is kept like this. Throws `malformed` for a wrap out of bounds. */
export function newBackup(wrap: PassphraseWrap): BackupHeader {
  const prefix = randomBytes(PREFIX_BYTES);
  const writer = new Writer(BACKUP_HEADER_BYTES);
  writer.put(MAGIC).u8(VERSION).put(encodeWrappedMasterKey(wrap)).put(prefix);
  const { bytes } = writer;
  writer.put(checksum(bytes));
  return { wrap, prefix, bytes };
}

/**
 * Reads the first {@link BACKUP_HEADER_BYTES} of a file. Throws `malformed` where it is no back-up, `wrong-version` for
 * one of newer code, `damaged` where it was changed by accident.
 */
export function decodeBackupHeader(file: Uint8Array): BackupHeader {
  if (file.length !== BACKUP_HEADER_BYTES || MAGIC.some((byte, at) => byte !== file[at]))
    throw new CryptoError('malformed', 'not a back-up');
  const bytes = file.slice();
  const reader = new Reader(bytes);
  reader.take(MAGIC.length);
  if (reader.u8() !== VERSION) throw new CryptoError('wrong-version', 'back-up');
  const wrapped = reader.take(WRAP_BYTES);
  const prefix = reader.take(PREFIX_BYTES);
  const found = reader.take(CHECKSUM_BYTES);
  // Nobody's secret: it tells a changed file from a mistyped passphrase.
  if (checksum(bytes).some((byte, at) => byte !== found[at])) throw new CryptoError('damaged', 'back-up');
  const wrap = decodeWrappedMasterKey(wrapped);
  if (wrap.kind !== 'passphrase') throw new CryptoError('malformed', 'back-up');
  return { wrap, prefix, bytes };
}

function checksum(header: Uint8Array): Uint8Array {
  const covered = header.subarray(0, BACKUP_HEADER_BYTES - CHECKSUM_BYTES);
  return labelledHash(CHECKSUM_BYTES, LABELS.backupHeader, covered);
}
