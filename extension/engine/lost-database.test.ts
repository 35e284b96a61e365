import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loseDatabase } from './testing/lose-database.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let two: TwoContacts;
let { alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
  ({ alice, bob, toAlice, toBob } = two);
});

afterEach(() => two.end());

describe('a database that the browser takes away', () => {
  it('is opened anew by itself, and the conversation goes on', async () => {
    await alice.send(toBob, 'before');
    await bob.conversation(toAlice, (m) => m.length === 1);
    loseDatabase(alice);
    await bob.send(toAlice, 'meanwhile');
    const heard = await alice.conversation(toBob, (m) => m.length === 2);
    expect(heard.map(({ text }) => text)).toEqual(['before', 'meanwhile']);
    await alice.send(toBob, 'after');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'after');
  });

  it('leaves a first run where its owner cleared the data', async () => {
    loseDatabase(alice);
    indexedDB.deleteDatabase(alice.database);
    await alice.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
  });

  it('is given up when that happens twice in a row, which is the disk, until a view opens', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    loseDatabase(alice);
    await bob.send(toAlice, 'read from the database that was opened anew');
    await alice.conversation(toBob, (m) => m.length === 1);
    loseDatabase(alice);
    await alice.until({ topic: 'app' }, ({ phase }) => phase === 'storage-failed');
    expect(logged).toHaveBeenCalledWith('Aside: StorageError storage-failed');
    logged.mockRestore();
    // Somebody reloads the view that says so.
    alice.engine.viewsOpen(1);
    await alice.send(toBob, 'the disk is back');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'the disk is back');
  });
});
