/**
 * The vault without a passphrase: a random master key, wrapped by a WebCrypto key that cannot be exported and lives
 * in the same profile. Whoever copies the whole profile can open it (PROTOCOL 8); a passphrase is what changes that.
 */
import { newMasterKey } from '@aside/wasm-crypto';
import * as v from 'valibot';
import { type Database, StorageError } from './database.ts';

const DEVICE_KEY = 'device-key';
const MASTER_KEY = 'master-key';

const wrapped = v.object({
  version: v.literal(1),
  kind: v.literal('device'),
  iv: v.instance(Uint8Array<ArrayBuffer>),
  bytes: v.instance(Uint8Array<ArrayBuffer>),
});

/** Unlocks the database, making its keys at the first start. Throws a {@link StorageError}. */
export async function unlockVault(database: Database): Promise<void> {
  const deviceKey = await database.vaultItem(DEVICE_KEY);
  const stored = await database.vaultItem(MASTER_KEY);
  if (stored === undefined) {
    const masterKey = await makeVault(database);
    database.unlock(masterKey);
    masterKey.fill(0);
    return;
  }
  if (typeof stored === 'object' && stored !== null && 'version' in stored && stored.version !== 1) {
    throw new StorageError('newer-data');
  }
  const parsed = v.safeParse(wrapped, stored);
  if (!parsed.success || !(deviceKey instanceof CryptoKey)) throw new StorageError('storage-failed');
  const { iv, bytes } = parsed.output;
  const masterKey = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, deviceKey, bytes));
  database.unlock(masterKey);
  masterKey.fill(0);
}

async function makeVault(database: Database): Promise<Uint8Array> {
  const deviceKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const masterKey = newMasterKey();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, deviceKey, masterKey as Uint8Array<ArrayBuffer>),
  );
  await database.putVaultItems({
    [DEVICE_KEY]: deviceKey,
    [MASTER_KEY]: { version: 1, kind: 'device', iv, bytes },
  });
  return masterKey;
}
