/** Rows at rest (SPEC 8): a key per table from one master key, and the row's own key as associated data. */
import { concat } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { derive } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSealInto } from '../sodium.ts';

export const MASTER_KEY_BYTES = 32;
/** 41 bytes: version, nonce, tag. */
export const ROW_OVERHEAD = 1 + AEAD_NONCE_BYTES + AEAD_TAG_BYTES;
const ROW_VERSION = 1;
/** Names and row keys are ours; the bound only keeps a mistake from becoming a slow one. */
const MAX_NAME_BYTES = 1024;
const text = new TextEncoder();

/** 32 random bytes. */
export function newMasterKey(): Uint8Array {
  return randomBytes(MASTER_KEY_BYTES);
}

/** The key of one table, 32 bytes. Throws `malformed` for a master key of another length or an endless name. */
export function tableKey(masterKey: Uint8Array, table: string): Uint8Array {
  if (masterKey.length !== MASTER_KEY_BYTES) throw new CryptoError('malformed', 'master key');
  return derive({ secret: masterKey, label: LABELS.table, context: nameBytes(table), length: 32 });
}

/** Plaintext plus 41 bytes. The table is bound by its key, the row key as associated data. */
export function sealRow(key: Uint8Array, rowKey: string, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + ROW_OVERHEAD);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  out[0] = ROW_VERSION;
  out.set(nonce, 1);
  aeadSealInto(out, 1 + AEAD_NONCE_BYTES, key, nonce, rowData(rowKey), plaintext);
  return out;
}

/** Throws `malformed`, `wrong-version` for a row of newer code (leave it be), `forged` where it does not fit its place. */
export function openRow(key: Uint8Array, rowKey: string, sealed: Uint8Array): Uint8Array {
  if (sealed.length < ROW_OVERHEAD) throw new CryptoError('malformed', 'row');
  if (sealed[0] !== ROW_VERSION) throw new CryptoError('wrong-version', 'row');
  const nonce = sealed.subarray(1, 1 + AEAD_NONCE_BYTES);
  const plaintext = aeadOpen(key, nonce, rowData(rowKey), sealed.subarray(1 + AEAD_NONCE_BYTES));
  if (plaintext === undefined) throw new CryptoError('forged', 'row');
  return plaintext;
}

function rowData(rowKey: string): Uint8Array {
  return concat(LABELS.row, Uint8Array.of(ROW_VERSION), nameBytes(rowKey));
}

function nameBytes(name: string): Uint8Array {
  const bytes = text.encode(name);
  if (bytes.length > MAX_NAME_BYTES) throw new CryptoError('malformed', 'name');
  return bytes;
}
