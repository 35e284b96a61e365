/** Who I am and how I want things: the identity keys and the settings, one row. */
import {
  decodeIdentityKeys,
  encodeIdentityKeys,
  type Identity,
  type IdentityKeys,
  newIdentity,
  publicIdentity,
  wipe,
} from '@aside/wasm-crypto';
import type { Settings } from '../bridge/types/snapshots.ts';
import type { Database } from './storage/database.ts';

const KEY = 'me';

export interface Me {
  readonly keys: IdentityKeys;
  readonly identity: Identity;
  readonly settings: Settings;
}

export async function loadProfile(database: Database): Promise<Me | undefined> {
  const row = await database.read(['profile'], (tx) => tx.get('profile', KEY));
  if (row === undefined) return undefined;
  const keys = decodeIdentityKeys(row.identity);
  wipe(row.identity);
  return { keys, identity: publicIdentity(keys), settings: row.settings };
}

/** First run: makes the identity and keeps it. */
export async function createProfile(database: Database, settings: Settings): Promise<Me> {
  return save(database, newIdentity(), settings);
}

export async function saveSettings(database: Database, me: Me, settings: Settings): Promise<Me> {
  return save(database, me.keys, settings);
}

async function save(database: Database, keys: IdentityKeys, settings: Settings): Promise<Me> {
  const row = { settings: { ...settings }, identity: encodeIdentityKeys(keys) };
  try {
    await database.write(['profile'], async (tx) => tx.put('profile', KEY, row));
  } finally {
    wipe(row.identity);
  }
  return { keys, identity: publicIdentity(keys), settings };
}
