import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKUP_HEAD_BYTES, BACKUP_PART_BYTES } from '../../bridge/types/bounds.ts';
import type { MessageView } from '../../bridge/types/snapshots.ts';
import type { Transaction } from '../storage/database.ts';
import { messageKey, placeOf, SCHEMAS } from '../storage/rows.ts';
import { backUp, restore } from '../testing/back-up.ts';
import { copyOf } from '../testing/copies.ts';
import { loseDatabase } from '../testing/lose-database.ts';
import { Person } from '../testing/person.ts';
import { fileOf, recordsOf } from '../testing/records.ts';
import { changeRows } from '../testing/rows.ts';
import { SkipClock } from '../testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from '../testing/two-contacts.ts';
import { BACKUP_TABLES, encodeRecord, RecordError, RecordReader } from './records.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Of a file: where its second chunk begins. */
const SECOND_CHUNK = BACKUP_HEAD_BYTES + 65_552;

let clock: SkipClock;
let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;
let others: Person[] = [];

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
  ({ server, alice, bob, toAlice, toBob } = two);
  others = [];
});

afterEach(async () => {
  for (const person of others) person.stop();
  await two.end();
});

const texts = (messages: readonly MessageView[]) => messages.map(({ text }) => text);
const isDelivered = (messages: readonly MessageView[]) =>
  messages.length > 0 && messages.every(({ delivery }) => (delivery?.state ?? 'delivered') === 'delivered');
async function settled(person: Person, contactId: string, last: string): Promise<string[]> {
  return texts(await person.conversation(contactId, (m) => m.at(-1)?.text === last && isDelivered(m)));
}

async function talk(...said: string[]): Promise<void> {
  for (const [at, text] of said.entries()) {
    if (at % 2 === 0) await alice.send(toBob, text);
    else await bob.send(toAlice, text);
    await settled(alice, toBob, text);
    await settled(bob, toAlice, text);
  }
}

/** A browser in which nobody is yet. */
async function fresh(): Promise<Person> {
  const person = new Person('Alice', server.url, clock);
  others.push(person);
  await person.engine.start();
  return person;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing thrown',
    (error: { code: string }) => error.code,
  );

/** How many rows there are on the disk, the vault's aside. */
async function rowsOf(person: Person): Promise<number> {
  const copy = await copyOf(person.database);
  return [...copy].reduce((sum, [store, rows]) => (store === 'vault' ? sum : sum + rows.length), 0);
}

describe('a back-up', () => {
  it('brings identity, settings, contacts, what was compared, messages and drafts into another browser', async () => {
    await talk('one', 'two');
    const { digits } = (await alice.contact()).safety;
    await alice.engine.handle({ type: 'note-compared', contactId: toBob, how: 'voice', digits });
    await alice.engine.handle({ type: 'rename-contact', contactId: toBob, name: 'Bobby' });
    await alice.engine.handle({ type: 'set-draft', contactId: toBob, text: 'not yet' });
    await alice.engine.handle({ type: 'change-settings', change: { notifications: false } });
    const link = await alice.invite();
    const before = await alice.app(() => true);
    const file = await backUp(alice, PASSPHRASE);
    const { backup } = await alice.app(() => true);
    alice.stop();
    const again = await fresh();
    await restore(again, file, PASSPHRASE);
    const after = await again.app(({ invites }) => invites[0]?.state === 'open');
    expect(after.me).toEqual(before.me);
    expect(after.settings).toEqual({ ...before.settings, notifications: false });
    expect(after.backup).toEqual(backup);
    const contact = await again.contact();
    expect([contact.id, contact.name, contact.draft]).toEqual([toBob, 'Bobby', 'not yet']);
    expect(contact.safety.digits).toBe(digits);
    expect(contact.trust).toMatchObject({ state: 'compared', how: 'voice' });
    expect(after.invites[0]?.link).toBe(link);
    expect(await settled(again, toBob, 'two')).toEqual(['one', 'two']);
  });

  it('counts what came while it was made as unread', async () => {
    await talk('one', 'two');
    const [, { id: messageId }] = (await alice.conversation(toBob, (m) => m.length === 2)) as [
      MessageView,
      MessageView,
    ];
    await alice.engine.handle({ type: 'mark-read', contactId: toBob, messageId });
    const { backupId } = await alice.engine.handle({ type: 'begin-backup', passphrase: PASSPHRASE });
    await bob.send(toAlice, 'three');
    await alice.contact(({ unread }) => unread === 1);
    const parts: Uint8Array[] = [];
    for (let done = false; !done; ) {
      const part = await alice.engine.handle({ type: 'read-backup', backupId });
      parts.push(part.bytes.slice());
      done = part.done;
    }
    alice.stop();
    const again = await fresh();
    await restore(again, new Uint8Array(Buffer.concat(parts)), PASSPHRASE);
    expect(await settled(again, toBob, 'three')).toEqual(['one', 'two', 'three']);
    expect((await again.contact()).unread).toBe(1);
  });

  it('brings what I wrote under a key that has changed since, where numbers began anew', async () => {
    await talk('one', 'two', 'three', 'four');
    const { inviteId } = await alice.engine.handle({ type: 'create-invite', contactId: toBob });
    const { invites } = await alice.app((s) =>
      s.invites.some((i) => i.id === inviteId && i.state === 'open'),
    );
    const anew = await new Person('Bob', server.url, clock).begin();
    others.push(anew);
    await anew.accept(invites.find(({ id }) => id === inviteId)?.link as string);
    const { digits } = (await alice.contact(({ trust }) => trust.state === 'changed')).safety;
    await alice.engine.handle({ type: 'accept-key', contactId: toBob, digits });
    await alice.contact(({ trust }) => trust.state === 'new-key');
    const file = await backUp(alice, PASSPHRASE);
    alice.stop();
    const again = await fresh();
    await restore(again, file, PASSPHRASE);
    const restored = await again.conversation(toBob, (m) => m.length > 0);
    expect(texts(restored)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('that is stale comes back by recovery: messages flow both ways and nothing shows twice', async () => {
    await talk('one', 'two');
    const file = await backUp(alice, PASSPHRASE);
    await talk('lost three', 'lost four', 'lost five');
    alice.stop();
    clock.skip(DAY);
    await bob.send(toAlice, 'while you were away');
    const again = await fresh();
    await restore(again, file, PASSPHRASE);
    await settled(again, toBob, 'while you were away');
    await again.send(toBob, 'back again');
    await settled(bob, toAlice, 'back again');
    await bob.send(toAlice, 'welcome back');
    expect(await settled(again, toBob, 'welcome back')).toEqual([
      'one',
      'two',
      'while you were away',
      'back again',
      'welcome back',
    ]);
    expect(await settled(bob, toAlice, 'welcome back')).toEqual([
      'one',
      'two',
      'lost three',
      'lost four',
      'lost five',
      'while you were away',
      'back again',
      'welcome back',
    ]);
    expect((await again.contact()).trust).toEqual({ state: 'introduced' });
  });

  it('may be restored twice', async () => {
    await talk('one');
    const file = await backUp(alice, PASSPHRASE);
    await talk('lost two', 'lost three');
    alice.stop();
    for (const round of ['first', 'second']) {
      const again = await fresh();
      await restore(again, file, PASSPHRASE);
      await again.send(toBob, `after the ${round}`);
      await bob.send(toAlice, `heard of the ${round}`);
      const has = (text: string) => (m: readonly MessageView[]) =>
        m.some((one) => one.text === text) && isDelivered(m);
      const heard = [
        bob.conversation(toAlice, has(`after the ${round}`)),
        again.conversation(toBob, has(`heard of the ${round}`)),
      ];
      await clock.skipDuring(Promise.all(heard), MINUTE);
      again.stop();
    }
    const atBob = texts(await bob.conversation(toAlice, isDelivered));
    expect([...atBob].sort()).toEqual(
      [
        'one',
        'lost two',
        'lost three',
        'after the first',
        'heard of the first',
        'after the second',
        'heard of the second',
      ].sort(),
    );
  });

  it('brings what was not delivered yet to its reader', async () => {
    await talk('one');
    bob.stop();
    await alice.send(toBob, 'waits');
    const file = await backUp(alice, PASSPHRASE);
    alice.stop();
    const again = await fresh();
    await restore(again, file, PASSPHRASE);
    await bob.restart();
    expect(await settled(again, toBob, 'waits')).toEqual(['one', 'waits']);
    expect(await settled(bob, toAlice, 'waits')).toEqual(['one', 'waits']);
  });

  it('asks every contact for a new session, also where nothing has happened since', async () => {
    await talk('one', 'two');
    const file = await backUp(alice, PASSPHRASE);
    alice.stop();
    const known = new Set(server.puts.map(({ mailbox }) => mailbox));
    const again = await fresh();
    await restore(again, file, PASSPHRASE);
    await again.send(toBob, 'three');
    await settled(bob, toAlice, 'three');
    await again.conversation(toBob, (m) => m.at(-1)?.text === 'three' && isDelivered(m));
    expect(server.puts.some(({ mailbox }) => !known.has(mailbox))).toBe(true);
  });

  it('with a message in it twice, which was moved while it was made, brings it once', async () => {
    await talk('one', 'two');
    await changeRows(alice.database, ['messages'], async (tx) => {
      for (const { key, row } of await tx.list('messages'))
        tx.put('messages', messageKey(toBob, placeOf(key) + 9, row.id), row);
    });
    const file = await backUp(alice, PASSPHRASE);
    alice.stop();
    // In parts of any size: both are in one, or far apart.
    for (const partBytes of [100_000, 40]) {
      const again = await fresh();
      await restore(again, file, PASSPHRASE, partBytes);
      expect(texts(await again.conversation(toBob, (m) => m.length > 0))).toEqual(['one', 'two']);
      again.stop();
    }
  });

  it('is whole where the disk fails behind it: no first run is offered over what is there', async () => {
    await talk('one');
    const file = await backUp(alice, PASSPHRASE);
    alice.stop();
    const again = await fresh();
    const open = IDBDatabase.prototype.transaction;
    // Reading it for the first time fails.
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const isLoading = [given[0]].flat().includes('quarantine') && given[1] === 'readonly';
      if (isLoading && this.name === again.database) throw new DOMException('', 'UnknownError');
      return open.apply(this, given);
    };
    try {
      await restore(again, file, PASSPHRASE);
      await again.until({ topic: 'app' }, ({ phase }) => phase === 'storage-failed');
    } finally {
      IDBDatabase.prototype.transaction = open;
    }
    await again.restart();
    expect(texts(await again.conversation(toBob, (m) => m.length > 0))).toEqual(['one']);
  });

  it('is made while messages come and go, and delivers what it holds', async () => {
    const said = Array.from({ length: 150 }, (_, at) => `word ${at}`);
    for (const text of said) await alice.send(toBob, text);
    await settled(bob, toAlice, 'word 149');
    await settled(alice, toBob, 'word 149');
    const { backupId } = await alice.engine.handle({ type: 'begin-backup', passphrase: PASSPHRASE });
    await talk('during, from Alice', 'during, from Bob');
    const parts: Uint8Array[] = [];
    for (let done = false; !done; ) {
      const part = await alice.engine.handle({ type: 'read-backup', backupId });
      expect(part.bytes.length).toBeLessThanOrEqual(BACKUP_PART_BYTES);
      expect(part.progress).toBeLessThanOrEqual(1);
      parts.push(part.bytes);
      done = part.done;
    }
    alice.stop();
    const again = await fresh();
    await restore(again, new Uint8Array(Buffer.concat(parts)), PASSPHRASE, 7777);
    await bob.send(toAlice, 'after it');
    const restored = await settled(again, toBob, 'after it');
    // Mine of that time is left out: the file's outbox does not know it. Theirs is in it.
    expect(restored).toEqual([...said, 'during, from Bob', 'after it']);
  });
});

describe('what is no whole back-up', () => {
  let file: Uint8Array<ArrayBuffer>;
  beforeEach(async () => {
    for (let at = 0; at < 4; at++) await alice.send(toBob, `${at} ${'x'.repeat(40_000)}`);
    file = await backUp(alice, PASSPHRASE);
    expect(file.length).toBeGreaterThan(SECOND_CHUNK + 65_552);
  });

  it('is refused by a name, and leaves the first run as it was', async () => {
    const again = await fresh();
    const changed = (at: number) => file.with(at, (file[at] ?? 0) ^ 1);
    const swapped = file.slice();
    swapped.set(file.subarray(SECOND_CHUNK, SECOND_CHUNK + 65_552), BACKUP_HEAD_BYTES);
    swapped.set(file.subarray(BACKUP_HEAD_BYTES, SECOND_CHUNK), SECOND_CHUNK);
    for (const [broken, passphrase, code] of [
      [file, 'orbit velvet', 'passphrase-wrong'],
      [file, '', 'passphrase-wrong'],
      [changed(0), PASSPHRASE, 'backup-unknown'],
      [changed(16), PASSPHRASE, 'backup-newer'],
      [changed(30), PASSPHRASE, 'backup-damaged'],
      [file.subarray(0, 100), PASSPHRASE, 'backup-unknown'],
      [file.subarray(0, BACKUP_HEAD_BYTES), PASSPHRASE, 'backup-damaged'],
      [changed(file.length - 1), PASSPHRASE, 'backup-damaged'],
      [file.subarray(0, -1), PASSPHRASE, 'backup-damaged'],
      [file.subarray(0, -65_552), PASSPHRASE, 'backup-damaged'],
      [swapped, PASSPHRASE, 'backup-damaged'],
    ] as const) {
      expect(await codeOf(restore(again, broken, passphrase))).toBe(code);
      expect(await rowsOf(again)).toBe(0);
      await again.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
    }
    // And the whole one is still taken.
    alice.stop();
    await restore(again, file, PASSPHRASE);
    expect((await again.contact()).id).toBe(toBob);
  });

  it('is refused where it holds what only a newer version can read', async () => {
    // Nothing of Alice's changes any more, so that what is put on her disk stays there.
    await alice.conversation(toBob, isDelivered);
    bob.stop();
    const newer = (bytes: Uint8Array) => bytes.with(0, 99);
    const changes: Record<string, (tx: Transaction) => Promise<void>> = {
      async session(tx) {
        for (const { key, row } of await tx.list('sessions'))
          tx.put('sessions', key, { ...row, state: newer(row.state) });
      },
      async identity(tx) {
        for (const { key, row } of await tx.list('profile'))
          tx.put('profile', key, { ...row, identity: newer(row.identity) });
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      await changeRows(alice.database, ['sessions', 'profile'], change);
      const again = await fresh();
      const code = await codeOf(restore(again, await backUp(alice, PASSPHRASE), PASSPHRASE));
      expect(code, what).toBe('backup-newer');
      expect(await rowsOf(again), what).toBe(0);
    }
  });

  it('is nobody’s after the browser ended in the middle, or when somebody begins anew', async () => {
    const again = await fresh();
    const begin = async () => {
      const head = file.subarray(0, BACKUP_HEAD_BYTES);
      const { restoreId } = await again.engine.handle({
        type: 'begin-restore',
        passphrase: PASSPHRASE,
        head,
      });
      const bytes = file.subarray(BACKUP_HEAD_BYTES, -10);
      await again.engine.handle({ type: 'restore-part', restoreId, bytes });
      expect(await rowsOf(again)).toBeGreaterThan(0);
      return restoreId;
    };
    await begin();
    await again.restart();
    expect(await rowsOf(again)).toBe(0);
    const given = await begin();
    await again.engine.handle({ type: 'cancel-restore', restoreId: given });
    expect(await rowsOf(again)).toBe(0);
    expect(await codeOf(again.engine.handle({ type: 'finish-restore', restoreId: given }))).toBe(
      'backup-superseded',
    );
    await begin();
    await again.begin();
    expect((await again.app(() => true)).contacts).toEqual([]);
    await again.restart();
    expect((await again.app(() => true)).contacts).toEqual([]);
  });

  it('is forgotten with the storage that it was being read into, and stands in the way of no other', async () => {
    const again = await fresh();
    const head = file.subarray(0, BACKUP_HEAD_BYTES);
    const begin = () => again.engine.handle({ type: 'begin-restore', passphrase: PASSPHRASE, head });
    await begin();
    await again.engine.handle({ type: 'wipe' });
    await begin();
    loseDatabase(again);
    await again.until({ topic: 'app' }, ({ phase }) => phase === 'starting');
    await again.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
    alice.stop();
    await restore(again, file, PASSPHRASE);
    expect((await again.contact()).id).toBe(toBob);
  });

  it('is refused where there is somebody already', async () => {
    expect(await codeOf(restore(bob, file, PASSPHRASE))).toBe('profile-exists');
    expect((await bob.contact()).id).toBe(toAlice);
  });
});

describe('a record', () => {
  const file = (json: string, behind: number) => {
    const body = encodeRecord({ table: 'drafts', key: 'k', row: { text: '' } });
    const head = body.subarray(4, 8);
    const text = new TextEncoder().encode(json);
    const bytes = new Uint8Array(4 + head.length + 4 + text.length + behind);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, bytes.length - 4, true);
    bytes.set(head, 4);
    view.setUint32(4 + head.length, text.length, true);
    bytes.set(text, 4 + head.length + 4);
    return bytes;
  };
  const read = (json: string, behind: number) => new RecordReader().push(file(json, behind))[0]?.row;

  it('takes no more memory than it is long, whatever its parts say of where they lie', () => {
    const part = (offset: number, length: number) => `{"$bytes":[${offset},${length}]}`;
    const row = (...parts: string[]) => `{"text":"","more":[${parts.join()}]}`;
    expect(read(row(part(0, 600), part(600, 400)), 1000)).toEqual({ text: '' });
    for (const parts of [
      [part(0, 1000), part(0, 1000)],
      [part(0, 600), part(500, 500)],
      [part(0, 1001)],
      [part(1, 1000)],
    ])
      expect(() => read(row(...parts), 1000)).toThrow(RecordError);
  });
});

describe('the file', () => {
  it('has every table that does not belong to one browser or to the moment', () => {
    expect([...BACKUP_TABLES, 'quarantine', 'spoken'].sort()).toEqual(Object.keys(SCHEMAS).sort());
  });

  it('wants a passphrase worth the name', async () => {
    expect(await codeOf(backUp(alice, 'short'))).toBe('passphrase-too-short');
    expect(await codeOf(backUp(alice, 'x'.repeat(1025)))).toBe('passphrase-too-long');
  });

  it('shows nothing but its size', async () => {
    await alice.send(toBob, 'nobody reads this');
    const file = Buffer.from(await backUp(alice, PASSPHRASE));
    for (const word of ['nobody reads', 'Alice', 'Bob', '127.0.0.1', 'contacts'])
      expect(file.includes(word)).toBe(false);
    expect((file.length - BACKUP_HEAD_BYTES) % 65_552).toBe(0);
  });

  it('is over where another is begun, and counts only when it was read to its end', async () => {
    const { backupId } = await alice.engine.handle({ type: 'begin-backup', passphrase: PASSPHRASE });
    expect(await codeOf(alice.engine.handle({ type: 'backup-saved', backupId }))).toBe('backup-superseded');
    await alice.engine.handle({ type: 'begin-backup', passphrase: PASSPHRASE });
    expect(await codeOf(alice.engine.handle({ type: 'read-backup', backupId }))).toBe('backup-superseded');
    expect((await alice.app(() => true)).backup).toEqual({ offered: true });
  });
});

describe('a back-up is offered', () => {
  it('from the first contact on, and again where the last one is old and something has changed', async () => {
    const offered = async () => {
      await alice.restart();
      return (await alice.app(() => true)).backup.offered;
    };
    const alone = await fresh();
    await alone.begin();
    expect((await alone.app(() => true)).backup).toEqual({ offered: false });
    expect(await offered()).toBe(true);
    await alice.engine.handle({ type: 'backup-not-now' });
    expect((await alice.app(() => true)).backup).toEqual({ offered: false });
    clock.skip(6 * DAY);
    expect(await offered()).toBe(false);
    clock.skip(DAY);
    expect(await offered()).toBe(true);
    const began = clock.now();
    await backUp(alice, PASSPHRASE);
    const { backup } = await alice.app(() => true);
    expect(backup.offered).toBe(false);
    expect(backup.made).toBeGreaterThanOrEqual(began);
    expect(backup.made).toBeLessThanOrEqual(clock.now());
    clock.skip(40 * DAY);
    expect(await offered()).toBe(false);
    await alice.send(toBob, 'something new');
    expect(await offered()).toBe(true);
  });

  it('in its time also where the last one was made in a time to come, by a clock or by who made it up', async () => {
    const ahead = async (person: Person) => {
      const { backup } = await person.app(() => true);
      expect(backup.made).toBeLessThanOrEqual(clock.now());
      clock.skip(31 * DAY);
      await person.restart();
      return (await person.app(() => true)).backup.offered;
    };
    clock.put(365 * DAY);
    await backUp(alice, PASSPHRASE);
    clock.put(-365 * DAY);
    await alice.restart();
    await alice.send(toBob, 'something new');
    expect(await ahead(alice)).toBe(true);
    const records = await recordsOf(await backUp(alice, PASSPHRASE), PASSPHRASE);
    const made = clock.now() + 365 * DAY;
    const later = records.map((one) => (one.table === 'backups' ? { ...one, row: { made } } : one));
    alice.stop();
    const again = await fresh();
    await restore(again, await fileOf(later, PASSPHRASE), PASSPHRASE);
    clock.skip(1);
    await again.send(toBob, 'and something newer');
    expect(await ahead(again)).toBe(true);
  });
});
