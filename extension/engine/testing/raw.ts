/** What lies in a database for whoever has the disk: every store with its keys and values, nothing opened. */
import { openDB } from 'idb';

export type Raw = Readonly<Record<string, readonly { readonly key: unknown; readonly value: unknown }[]>>;

export async function rawDatabase(name: string): Promise<Raw> {
  const database = await openDB(name);
  const found: Record<string, { key: unknown; value: unknown }[]> = {};
  for (const store of database.objectStoreNames) {
    const [keys, values] = await Promise.all([database.getAllKeys(store), database.getAll(store)]);
    found[store] = keys.map((key, at) => ({ key, value: values[at] }));
  }
  database.close();
  return found;
}
