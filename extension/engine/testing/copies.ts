/** Copies of a person's whole database as it lies on the disk, and putting one back. */

type Rows = readonly { readonly key: IDBValidKey; readonly value: unknown }[];

export type Copy = ReadonlyMap<string, Rows>;

export async function copyOf(name: string): Promise<Copy> {
  const database = await opened(name);
  const stores = [...database.objectStoreNames];
  const tx = database.transaction(stores, 'readonly');
  const copy = new Map<string, { key: IDBValidKey; value: unknown }[]>();
  for (const store of stores) {
    const keys = await answer(tx.objectStore(store).getAllKeys());
    const values = await answer<unknown[]>(tx.objectStore(store).getAll());
    copy.set(
      store,
      keys.map((key, at) => ({ key, value: values[at] })),
    );
  }
  database.close();
  return copy;
}

/** The same by name, for looking at what whoever has the disk finds: nothing is opened. */
export async function rawDatabase(name: string): Promise<Readonly<Record<string, Rows>>> {
  return Object.fromEntries(await copyOf(name));
}

export async function putBack(name: string, copy: Copy): Promise<void> {
  const database = await opened(name);
  const tx = database.transaction([...copy.keys()], 'readwrite');
  for (const [name, rows] of copy) {
    const store = tx.objectStore(name);
    store.clear();
    for (const { key, value } of rows) {
      if (store.keyPath === null) store.put(value, key);
      else store.put(value);
    }
  }
  await new Promise<void>((done, failed) => {
    tx.oncomplete = () => done();
    tx.onabort = () => failed(tx.error);
  });
  database.close();
}

function opened(name: string): Promise<IDBDatabase> {
  return answer(indexedDB.open(name));
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
