/**
 * How the master key is kept (SPEC 8.3). Without a passphrase a WebCrypto key wraps it that cannot be exported and
 * lives in the same profile: whoever copies the whole profile can open it (PROTOCOL 8). With one, Argon2id does, and
 * the device's key is gone.
 */
import {
  CryptoError,
  type DeviceWrap,
  decodeWrappedMasterKey,
  encodeWrappedMasterKey,
  newMasterKey,
  type WrappedMasterKey,
  wipe,
} from '@aside/wasm-crypto';
import { type Database, StorageError } from './database.ts';

const DEVICE_KEY = 'device-key';
const MASTER_KEY = 'master-key';
/** AES-GCM's nonce. */
const NONCE_BYTES = 12;

/** The wrapped master key as it was read; what replaces it names this one, so that nothing newer is overwritten. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly wrap: WrappedMasterKey;
}

/** Opens the vault, making it at the first start; `locked` where a passphrase is needed. Throws a {@link StorageError}. */
export async function openVault(database: Database): Promise<'open' | 'locked'> {
  const kept = await readVault(database);
  if (kept?.wrap.kind === 'passphrase') return 'locked';
  const masterKey =
    kept === undefined ? await makeVault(database) : await unwrapByDevice(database, kept.wrap as DeviceWrap);
  database.unlock(masterKey);
  wipe(masterKey);
  return 'open';
}

/** What is kept, or `undefined` before the first start. Throws a {@link StorageError}. */
export async function readVault(database: Database): Promise<Kept | undefined> {
  const bytes = await database.vaultItem(MASTER_KEY);
  if (bytes === undefined) return undefined;
  if (!(bytes instanceof Uint8Array)) throw new StorageError('storage-failed');
  try {
    return { bytes, wrap: decodeWrappedMasterKey(bytes) };
  } catch (error) {
    const newer = error instanceof CryptoError && error.code === 'wrong-version';
    throw new StorageError(newer ? 'newer-data' : 'storage-failed', error);
  }
}

/** The master key, to be wiped. Throws a {@link StorageError} where the device's key is not there or another one. */
export async function unwrapByDevice(
  database: Database,
  { nonce, wrapped }: DeviceWrap,
): Promise<Uint8Array> {
  const deviceKey = await database.vaultItem(DEVICE_KEY);
  if (!(deviceKey instanceof CryptoKey)) throw new StorageError('storage-failed');
  try {
    const algorithm = { name: 'AES-GCM', iv: nonce as Uint8Array<ArrayBuffer> };
    const opened = await crypto.subtle.decrypt(algorithm, deviceKey, wrapped as Uint8Array<ArrayBuffer>);
    return new Uint8Array(opened);
  } catch (error) {
    throw new StorageError('storage-failed', error);
  }
}

/** Keeps the master key under a passphrase from now on; the device's key goes. */
export async function keepByPassphrase(
  database: Database,
  before: Kept,
  wrap: WrappedMasterKey,
): Promise<void> {
  const items = { [MASTER_KEY]: encodeWrappedMasterKey(wrap), [DEVICE_KEY]: undefined };
  await database.changeVault(items, { key: MASTER_KEY, bytes: before.bytes });
}

/** Keeps the master key under a new key of the device from now on. */
export async function keepByDevice(database: Database, masterKey: Uint8Array, before?: Kept): Promise<void> {
  const deviceKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const wrapped = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: nonce },
      deviceKey,
      masterKey as Uint8Array<ArrayBuffer>,
    ),
  );
  const wrap: DeviceWrap = { version: 1, kind: 'device', nonce, wrapped };
  const items = { [DEVICE_KEY]: deviceKey, [MASTER_KEY]: encodeWrappedMasterKey(wrap) };
  await database.changeVault(
    items,
    before === undefined ? undefined : { key: MASTER_KEY, bytes: before.bytes },
  );
}

async function makeVault(database: Database): Promise<Uint8Array> {
  const masterKey = newMasterKey();
  await keepByDevice(database, masterKey);
  return masterKey;
}
