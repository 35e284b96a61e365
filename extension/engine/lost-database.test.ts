/** A browser may take a database away from a page that has it open: its owner clears the data, or the disk fails. */
import { forceCloseDatabase } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Person } from './testing/person.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let two: TwoContacts;
let { alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
  ({ alice, bob, toAlice, toBob } = two);
});

afterEach(() => two.end());

/** What fake-indexeddb keeps of the databases that are open. */
interface Inside {
  readonly _databases: ReadonlyMap<string, { readonly connections: readonly (typeof IDBDatabase)[] }>;
}

/** As a browser does it: every connection is closed, and each is told. */
function takeDatabase({ database }: Person): void {
  const connections = (indexedDB as unknown as Inside)._databases.get(database)?.connections ?? [];
  for (const connection of [...connections]) {
    forceCloseDatabase(connection as unknown as Parameters<typeof forceCloseDatabase>[0]);
  }
}

describe('a database that the browser takes away', () => {
  it('is opened anew by itself, and the conversation goes on', async () => {
    await alice.send(toBob, 'before');
    await bob.conversation(toAlice, (m) => m.length === 1);
    takeDatabase(alice);
    await bob.send(toAlice, 'meanwhile');
    const heard = await alice.conversation(toBob, (m) => m.length === 2);
    expect(heard.map(({ text }) => text)).toEqual(['before', 'meanwhile']);
    await alice.send(toBob, 'after');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'after');
  });

  it('leaves a first run where its owner cleared the data', async () => {
    takeDatabase(alice);
    indexedDB.deleteDatabase(alice.database);
    await alice.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
  });

  it('is given up when that happens twice in a row, which is the disk', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    takeDatabase(alice);
    await bob.send(toAlice, 'read from the database that was opened anew');
    await alice.conversation(toBob, (m) => m.length === 1);
    takeDatabase(alice);
    await alice.until({ topic: 'app' }, ({ phase }) => phase === 'storage-failed');
    expect(logged).toHaveBeenCalledWith('Aside: StorageError storage-failed');
    logged.mockRestore();
  });
});
