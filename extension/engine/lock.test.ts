import {
  type DeviceWrap,
  decodeIdentityKeys,
  decodeSession,
  newMasterKey,
  openRow,
  tableKey,
} from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command } from '../bridge/types/commands.ts';
import type { AppSnapshot } from '../bridge/types/snapshots.ts';
import { toHex } from './encoding.ts';
import { Database, Transaction } from './storage/database.ts';
import { decodeRow, type Rows, SCHEMAS } from './storage/rows.ts';
import { readVault, unwrapByDevice } from './storage/vault.ts';
import { overwrittenBy } from './testing/buffers.ts';
import { rawDatabase } from './testing/copies.ts';
import { FullDisks } from './testing/full-disks.ts';
import { PassphraseGate, quickWork } from './testing/gate.ts';
import { HandClock } from './testing/hand-clock.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows } from './testing/rows.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;

let server: HostileServer;
let clock: HandClock;
let alice: Person;
let bob: Person;
let toAlice: string;
let toBob: string;

beforeEach(async () => {
  server = await HostileServer.start();
  clock = new HandClock();
  alice = await new Person('Alice', server.url).begin();
  bob = await new Person('Bob', server.url, clock).begin();
  toAlice = await bob.accept(await alice.invite());
  toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
  await bob.contact(({ stage }) => stage === 'ready');
  await bob.engine.handle({ type: 'set-passphrase', next: PASSPHRASE });
});

afterEach(async () => {
  alice.stop();
  bob.stop();
  await server.stop();
});

const lock = () => bob.engine.handle({ type: 'lock' });
const unlock = (passphrase = PASSPHRASE) => bob.engine.handle({ type: 'unlock', passphrase });
const locked = () => bob.until({ topic: 'app' }, ({ phase }) => phase === 'locked');
const said = async (text: string) => {
  await alice.send(toBob, text);
  await alice.conversation(toBob, (m) =>
    m.some((one) => one.text === text && one.delivery?.state === 'sent'),
  );
};

/** All bytes in a value, at any depth. */
const within = (value: unknown): Uint8Array[] => {
  if (value instanceof Uint8Array) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(within) : [];
};

describe('a locked engine', () => {
  it('is deaf: no socket stands, nothing is said or done, and the badge shows a lock', async () => {
    const sockets = server.sockets;
    await said('before');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await clock.advance(1000);
    const seen: unknown[] = [];
    bob.engine.watch({ topic: 'conversation', contactId: toAlice, limit: 10 }, (s) => seen.push(s));
    await lock();
    expect(await locked()).toEqual({ phase: 'locked' });
    await expect.poll(() => server.sockets, { interval: 2 }).toBe(sockets - 1);
    expect(bob.badge).toBe('locked');
    expect(bob.dismissals).toBe(1);
    const before = seen.length;
    await said('while it is locked');
    for (const command of [
      { type: 'send', contactId: toAlice, text: 'no' },
      { type: 'check-server', server: server.url },
      { type: 'begin', name: 'Mallory', server: server.url },
      { type: 'set-passphrase', next: 'another passphrase' },
      { type: 'reconnect' },
    ] as const) {
      await expect(bob.engine.handle(command)).rejects.toMatchObject({ code: 'locked' });
    }
    await clock.advance(60 * MINUTE);
    expect(server.sockets).toBe(sockets - 1);
    expect(seen.length).toBe(before);
    expect(bob.news.filter(({ about }) => about === 'message')).toHaveLength(1);
  });

  it('has everything again after the passphrase, and what was written meanwhile', async () => {
    await lock();
    await said('while it was locked');
    await expect(unlock('something else')).rejects.toMatchObject({ code: 'passphrase-wrong' });
    await unlock();
    const heard = await bob.conversation(toAlice, (m) => m.length === 1);
    expect(heard.map(({ text }) => text)).toEqual(['while it was locked']);
    await bob.send(toAlice, 'I am back');
    await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'I am back'));
    await clock.advance(1000);
    expect(bob.badge).toBe(1);
  });

  it('has the last key of a draft that was typed just before', async () => {
    const typing = ['H', 'He', 'Hel'].map((text) =>
      bob.engine.handle({ type: 'set-draft', contactId: toAlice, text }).catch(() => {}),
    );
    await lock();
    await Promise.all(typing);
    await unlock();
    expect((await bob.contact()).draft).toBe('Hel');
  });

  it('has what was written, sent or not, in its order and once', async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `text ${n}`);
    const asked: Promise<unknown>[] = [];
    const ask = (command: Command) => asked.push(bob.engine.handle(command).catch(() => {}));
    for (const text of texts) {
      ask({ type: 'set-draft', contactId: toAlice, text });
      ask({ type: 'send', contactId: toAlice, text });
    }
    ask({ type: 'set-draft', contactId: toAlice, text: 'and on' });
    await lock();
    await Promise.all(asked);
    await unlock();
    const { draft, messages } = await bob.until(
      { topic: 'conversation', contactId: toAlice, limit: 100 },
      () => true,
    );
    expect([...messages.map(({ text }) => text), ...draft.split('\n')]).toEqual([...texts, 'and on']);
  });

  it('has what a full disk did not take before what was written since', async () => {
    const disks = new FullDisks();
    try {
      // What is drafted meanwhile goes through first.
      disks.fill(bob.database, 1, 1);
      const sending = bob.send(toAlice, 'Hello');
      const since = bob.engine.handle({ type: 'set-draft', contactId: toAlice, text: 'And on' });
      await expect(sending).rejects.toMatchObject({ code: 'storage-full' });
      await since;
      expect((await bob.contact()).draft).toBe('Hello\nAnd on');
      await lock();
      await unlock();
      expect((await bob.contact()).draft).toBe('Hello\nAnd on');
    } finally {
      disks.end();
    }
  });

  it('is what a restart finds', async () => {
    await said('kept');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await bob.restart();
    expect(await locked()).toEqual({ phase: 'locked' });
    expect(bob.badge).toBe('locked');
    await unlock();
    expect((await bob.conversation(toAlice, (m) => m.length === 1))[0]?.text).toBe('kept');
  });

  it('keeps an invite from the toolbar until it is unlocked, and takes an update', async () => {
    const link = await alice.invite();
    await lock();
    expect(await bob.engine.propose(link)).toBe(true);
    expect(await locked()).toEqual({ phase: 'locked' });
    bob.engine.updateAvailable();
    expect(bob.reloads).toBe(1);
    await unlock();
    expect((await bob.app(() => true)).proposed?.link).toBe(link);
  });

  it('answers whoever asked for something that the lock interrupts', async () => {
    const link = await alice.invite();
    server.silent = true;
    const accepting = bob.accept(link);
    const refused = expect(accepting).rejects.toMatchObject({ code: 'locked' });
    await lock();
    await refused;
  });

  it('shows nothing of what was still being written to the disk', async () => {
    // The message is in Bob's hands, its transaction open, when the lock comes.
    let locking: Promise<unknown> | undefined;
    const original = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given) {
      if (this.transaction.db.name === bob.database && this.name === 'messages') locking ??= lock();
      return original.apply(this, given);
    };
    try {
      await alice.send(toBob, 'in the last moment');
      await expect.poll(() => locking !== undefined, { interval: 2 }).toBe(true);
      await locking;
    } finally {
      IDBObjectStore.prototype.put = original;
    }
    expect(bob.news.filter(({ about }) => about === 'message')).toEqual([]);
    expect(bob.badge).toBe('locked');
    await unlock();
    expect((await bob.conversation(toAlice, (m) => m.length === 1))[0]?.text).toBe('in the last moment');
  });

  it('needs a passphrase to become one', async () => {
    await expect(alice.engine.handle({ type: 'lock' })).rejects.toMatchObject({ code: 'passphrase-missing' });
  });
});

describe('the passphrase', () => {
  const change = (current: string, next: string) =>
    bob.engine.handle({ type: 'set-passphrase', current, next });

  it('is changed and removed by whoever knows it, and no row is sealed again', async () => {
    const rows = async () => {
      const { vault, ...rest } = await rawDatabase(bob.database);
      return { vault, rest };
    };
    // Nothing more comes for Bob, so that whatever is written from here on is the passphrase's doing.
    server.silent = true;
    let before = await rows();
    await vi.waitFor(async () => {
      const last = before;
      before = await rows();
      expect(before).toEqual(last);
    });
    expect(Object.values(before.rest).flat().length).toBeGreaterThan(2);
    await change(PASSPHRASE, 'another passphrase');
    const changed = await rows();
    expect(changed.rest).toEqual(before.rest);
    expect(changed.vault).not.toEqual(before.vault);
    await bob.engine.handle({ type: 'remove-passphrase', current: 'another passphrase' });
    await bob.app(({ lock }) => !lock.passphrase);
    expect((await rows()).rest).toEqual(before.rest);
    await bob.restart();
    await bob.app(() => true);
    await bob.engine.handle({ type: 'set-passphrase', next: 'a third passphrase' });
    await lock();
    for (const old of [PASSPHRASE, 'another passphrase']) {
      await expect(unlock(old)).rejects.toMatchObject({ code: 'passphrase-wrong' });
    }
    await unlock('a third passphrase');
    await bob.app(({ lock }) => lock.passphrase);
  });

  it('leaves no key of the device beside it', async () => {
    const kept = async () => (await rawDatabase(bob.database)).vault?.map(({ key }) => key);
    expect(await kept()).toEqual(['master-key']);
    await bob.engine.handle({ type: 'remove-passphrase', current: PASSPHRASE });
    expect(await kept()).toEqual(['device-key', 'master-key']);
  });

  it('has eight characters at least, and ends somewhere', async () => {
    await expect(change(PASSPHRASE, 'seven77')).rejects.toMatchObject({ code: 'passphrase-too-short' });
    await expect(change(PASSPHRASE, 'x'.repeat(1025))).rejects.toMatchObject({ code: 'passphrase-too-long' });
  });

  it('is asked for before it is changed or removed', async () => {
    await expect(
      bob.engine.handle({ type: 'set-passphrase', next: 'another passphrase' }),
    ).rejects.toMatchObject({ code: 'passphrase-wrong' });
    await expect(
      bob.engine.handle({ type: 'remove-passphrase', current: 'a guess at it' }),
    ).rejects.toMatchObject({ code: 'passphrase-wrong' });
    await expect(alice.engine.handle({ type: 'remove-passphrase', current: '' })).rejects.toMatchObject({
      code: 'passphrase-missing',
    });
  });
});

describe('wrong guesses', () => {
  const wrong = async (code: string) => expect(unlock('a wrong guess')).rejects.toMatchObject({ code });

  it('slow down after the third, also over a restart, and are forgotten after a right one', async () => {
    await lock();
    for (let n = 0; n < 3; n++) await wrong('passphrase-wrong');
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 5000 });
    await wrong('passphrase-too-early');
    await expect(unlock()).rejects.toMatchObject({ code: 'passphrase-too-early' });
    await bob.restart();
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 5000 });
    await clock.advance(5001);
    expect(await locked()).toEqual({ phase: 'locked' });
    await wrong('passphrase-wrong');
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 10_000 });
    await clock.advance(10_001);
    await unlock();
    await lock();
    for (let n = 0; n < 2; n++) await wrong('passphrase-wrong');
    expect(await locked()).toEqual({ phase: 'locked' });
  });

  it('keep nobody out for longer where the clock was put right after them', async () => {
    await lock();
    for (let n = 0; n < 3; n++) await wrong('passphrase-wrong');
    clock.sleep(-30 * 24 * 60 * MINUTE);
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 5000 });
    await clock.advance(5001);
    expect(await locked()).toEqual({ phase: 'locked' });
    await wrong('passphrase-wrong');
    clock.sleep(-30 * 24 * 60 * MINUTE);
    await bob.restart();
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 10_000 });
    await clock.advance(10_001);
    await unlock();
  });

  it('count before they are tried, so that ending the browser in time makes none cheaper', async () => {
    await lock();
    for (let n = 0; n < 2; n++) await wrong('passphrase-wrong');
    const gate = new PassphraseGate();
    bob.work = gate;
    void unlock('a third guess').catch(() => {});
    await gate.reached;
    await bob.restart();
    expect(await locked()).toEqual({ phase: 'locked', retryAt: clock.now() + 5000 });
  });

  it('do not count where the disk takes no count, and that is said', async () => {
    await lock();
    const disks = new FullDisks();
    try {
      for (let n = 0; n < 5; n++) {
        disks.fill(bob.database, 1);
        await wrong('storage-full');
      }
      expect(await locked()).toEqual({ phase: 'locked' });
      disks.fill(bob.database, 1);
      await expect(unlock()).rejects.toMatchObject({ code: 'storage-full' });
    } finally {
      disks.end();
    }
    await unlock();
  });

  it('are forgotten after a right one, or one that was not tried, where the disk takes it later', async () => {
    await lock();
    const disks = new FullDisks();
    try {
      for (let n = 0; n < 4; n++) {
        disks.fill(bob.database, 1, 1);
        await expect(unlock('')).rejects.toMatchObject({ code: 'passphrase-wrong' });
      }
      // That it is tried is on the disk; that it was right is what the disk does not take.
      disks.fill(bob.database, 1, 1);
      await unlock();
      expect(disks.left(bob.database)).toBe(0);
      expect((await rawDatabase(bob.database)).vault?.map(({ key }) => key)).toContain('guesses');
    } finally {
      disks.end();
    }
    await clock.advance(MINUTE);
    await expect
      .poll(async () => (await rawDatabase(bob.database)).vault?.map(({ key }) => key))
      .not.toContain('guesses');
    await bob.restart();
    for (let n = 0; n < 2; n++) await wrong('passphrase-wrong');
    expect(await locked()).toEqual({ phase: 'locked' });
  });

  it('do not count where nothing could be tried', async () => {
    await lock();
    for (let n = 0; n < 5; n++) {
      await expect(unlock('')).rejects.toMatchObject({ code: 'passphrase-wrong' });
    }
    expect(await locked()).toEqual({ phase: 'locked' });
  });
});

describe('the automatic lock', () => {
  const phase = async () => {
    let now: AppSnapshot | undefined;
    const stop = bob.engine.watch({ topic: 'app' }, (snapshot) => {
      now = snapshot;
    });
    await vi.waitFor(() => expect(now).toBeDefined());
    stop();
    return now?.phase;
  };
  const autoLock = (minutes: 0 | 5 | 15 | 60) =>
    bob.engine.handle({ type: 'change-settings', change: { autoLock: minutes } });

  it('comes when nobody has used a view for as long as was chosen', async () => {
    await autoLock(5);
    await said('somebody may be looking');
    const [message] = await bob.conversation(toAlice, (m) => m.length === 1);
    for (let n = 0; n < 10; n++) {
      await clock.advance(4 * MINUTE);
      await bob.engine.handle({ type: 'used' });
    }
    await clock.advance(4.5 * MINUTE);
    expect(await phase()).toBe('ready');
    // What an open view does by itself keeps nothing open.
    await bob.engine.handle({ type: 'mark-read', contactId: toAlice, messageId: message?.id as string });
    await clock.advance(MINUTE);
    await locked();
  });

  it('comes when the computer slept, before anything else is done', async () => {
    await autoLock(60);
    clock.sleep(10 * MINUTE);
    await expect(bob.send(toAlice, 'is somebody there?')).rejects.toMatchObject({ code: 'locked' });
    await locked();
    await unlock();
    clock.sleep(2 * MINUTE);
    bob.engine.online();
    await locked();
    await unlock();
    // A clock that was put back says nothing about how long nobody was there.
    clock.sleep(-10 * MINUTE);
    bob.engine.online();
    await locked();
  });

  it('does not come where it is switched off, nor without a passphrase', async () => {
    await autoLock(0);
    clock.sleep(600 * MINUTE);
    await clock.advance(600 * MINUTE);
    expect(await phase()).toBe('ready');
    await autoLock(5);
    await bob.engine.handle({ type: 'remove-passphrase', current: PASSPHRASE });
    clock.sleep(600 * MINUTE);
    await clock.advance(600 * MINUTE);
    expect(await phase()).toBe('ready');
  });
});

describe('whoever steals a locked profile', () => {
  it('finds random ids, counts and sizes, and nothing that was ever written', async () => {
    await bob.engine.handle({ type: 'change-settings', change: { name: 'Robert the Third' } });
    await alice.send(toBob, 'a text that nobody else should find');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await bob.send(toAlice, 'an answer');
    await bob.engine.handle({ type: 'set-draft', contactId: toAlice, text: 'half a letter' });
    const invite = await bob.invite();
    const { digits } = (await bob.contact()).safety;
    await lock();
    const raw = await rawDatabase(bob.database);
    expect(Object.values(raw).flat().length).toBeGreaterThan(8);
    const id = /^[0-9a-f]{32}$/;
    for (const [store, records] of Object.entries(raw)) {
      if (store === 'vault') continue;
      for (const { key, value } of records) {
        expect(key).toMatch(/^(?:me|[0-9a-f/]+|[0-9a-f]{32}\/receipt)$/);
        const { key: own, sealed, id: byId, sequence, ...rest } = value as Record<string, unknown>;
        expect(own).toBe(key);
        expect(sealed).toBeInstanceOf(Uint8Array);
        expect(rest).toEqual({});
        if (byId !== undefined) expect(byId).toMatch(/^[0-9a-f]{32}\/(?:me|them)\/[0-9a-f]{32}$/);
        if (sequence !== undefined)
          expect(sequence).toEqual([
            expect.stringMatching(id),
            expect.stringMatching(/^(?:me|them)$/),
            expect.any(Number),
          ]);
      }
    }
    expect(raw.vault?.map(({ key }) => key)).toEqual(['master-key']);
    // And by looking for it: in every byte, as text and as it is sealed elsewhere.
    const bytes = Buffer.from(
      JSON.stringify(raw, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      ),
      'latin1',
    );
    for (const secret of [
      'Alice',
      'Robert',
      'nobody else',
      'an answer',
      'half a letter',
      server.url,
      invite,
      digits,
    ]) {
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
    }
  });

  it('finds no key, and opens no row without the one that the passphrase guards', async () => {
    let masterKey = new Uint8Array(0);
    bob.work = {
      wrap: quickWork.wrap,
      async unwrap(kept, passphrase) {
        const key = await quickWork.unwrap(kept, passphrase);
        masterKey = Uint8Array.from(key);
        return key;
      },
    };
    await lock();
    await unlock();
    await bob.invite();
    await lock();
    const raw = await rawDatabase(bob.database);
    const keys: Uint8Array[] = [masterKey];
    const other = newMasterKey();
    for (const [store, records] of Object.entries(raw)) {
      if (store === 'vault') continue;
      const table = store as keyof typeof SCHEMAS;
      const own = tableKey(masterKey, table);
      keys.push(own);
      for (const { key, value } of records) {
        const { sealed } = value as { sealed: Uint8Array };
        const row = decodeRow(table, openRow(own, key as string, sealed));
        keys.push(...within(row));
        if (table === 'profile') {
          const { signSecret, agreeSecret } = decodeIdentityKeys((row as Rows['profile']).identity);
          keys.push(signSecret, signSecret.subarray(0, 32), agreeSecret);
        }
        expect(() => openRow(tableKey(other, table), key as string, sealed)).toThrow('forged');
      }
    }
    const bytes = Buffer.concat(within(raw));
    const there = keys.filter((key) => key.length >= 16 && bytes.includes(Buffer.from(key)));
    expect(keys.length).toBeGreaterThan(20);
    expect(there).toEqual([]);
  });
});

describe('the memory of an engine that ends', () => {
  /** Of somebody without a passphrase. */
  async function masterKeyOf({ database }: Person): Promise<Uint8Array> {
    const opened = await Database.open(database);
    const kept = await readVault(opened);
    const masterKey = await unwrapByDevice(opened, kept?.wrap as DeviceWrap);
    await opened.close();
    return masterKey;
  }

  it('holds no key that is on the disk, nor one of a session, the one before it included', async () => {
    // A second session of the two, an invite that stands open, three words, and a pass.
    await bob.accept(await alice.invite());
    await alice.app(({ invites }) => invites.length === 0);
    await alice.send(toBob, 'in the second session');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await bob.send(toAlice, 'heard');
    await clock.advance(1000);
    await alice.conversation(toBob, (m) => m.length === 2 && m[0]?.delivery?.state === 'delivered');
    await alice.engine.handle({
      type: 'change-settings',
      change: { server: `${server.url}/#pass=of-a-choir` },
    });
    await alice.invite();
    await alice.words();
    const overwritten = await overwrittenBy(() => alice.engine.stop());
    const secrets: [string, Uint8Array][] = [];
    const masterKey = await masterKeyOf(alice);
    for (const table of Object.keys(SCHEMAS)) secrets.push(['a table', tableKey(masterKey, table)]);
    const tables = ['profile', 'contacts', 'sessions', 'invites', 'spoken', 'passes'] as const;
    await changeRows(alice.database, tables, async (tx) => {
      for (const { row } of await tx.list('profile')) {
        const { signSecret, agreeSecret } = decodeIdentityKeys(row.identity);
        secrets.push(['an identity', signSecret], ['an identity', agreeSecret]);
      }
      for (const { row } of await tx.list('contacts')) {
        for (const { key } of row.read) secrets.push(['a mailbox', key]);
        for (const { secret, read } of row.recovery.ways)
          secrets.push(['a way back', secret], ['a recovery mailbox', read.key]);
      }
      for (const { row } of await tx.list('sessions')) {
        for (const state of [row.state, row.earlier?.state])
          for (const part of within(decodeSession(state as Uint8Array))) secrets.push(['a session', part]);
      }
      for (const { row } of await tx.list('invites'))
        secrets.push(['an invite', row.keys], ['a reply', row.replyKey], ['a rendezvous', row.rendezvousKey]);
      for (const { row } of await tx.list('spoken')) secrets.push(['three words', row.mailboxKey]);
      for (const { row } of await tx.list('passes'))
        for (const { pass } of row.passes) secrets.push(['a pass', pass]);
    });
    const kept = secrets.filter(([, secret]) => secret.length > 0 && !overwritten.has(toHex(secret)));
    expect(new Set(kept.map(([name]) => name))).toEqual(new Set());
    expect(new Set(secrets.map(([name]) => name)).size).toBe(11);
  });

  /** Begins to stop in the middle of the transaction that takes the next message. */
  function stopInMidMessage(): Promise<void> {
    const real = Transaction.prototype.hasMessage;
    return new Promise<void>((done, failed) => {
      Transaction.prototype.hasMessage = function (this: Transaction, ...given) {
        Transaction.prototype.hasMessage = real;
        alice.engine.stop().then(done, failed);
        return real.apply(this, given);
      };
    }).finally(() => {
      Transaction.prototype.hasMessage = real;
    });
  }

  it('holds no key of a session either that became another one as it ended', async () => {
    const overwritten = await overwrittenBy(async () => {
      const stopped = stopInMidMessage();
      await bob.send(toAlice, 'in this very moment');
      await stopped;
    });
    const keys: Uint8Array[] = [];
    await changeRows(alice.database, ['sessions'], async (tx) => {
      for (const { row } of await tx.list('sessions')) keys.push(...within(decodeSession(row.state)));
    });
    const kept = keys.filter((key) => key.length > 0 && !overwritten.has(toHex(key)));
    expect(kept).toEqual([]);
  });

  it('is overwritten behind what was under way, which goes to the disk whole', async () => {
    const stopped = stopInMidMessage();
    await bob.send(toAlice, 'in this very moment');
    await stopped;
    const keys: Uint8Array[] = [];
    await changeRows(alice.database, ['sessions'], async (tx) => {
      for (const { row } of await tx.list('sessions')) keys.push(...within(decodeSession(row.state)));
    });
    expect(keys.filter((key) => key.length === 32).length).toBeGreaterThan(4);
    expect(keys.filter((key) => key.length > 0 && key.every((byte) => byte === 0))).toEqual([]);
    await alice.restart();
    await alice.conversation(toBob, (m) => m.at(-1)?.text === 'in this very moment');
  });

  it('held the master key for as long as it made the keys of the tables of it, and no longer', async () => {
    const masterKey = await masterKeyOf(alice);
    const atStart = await overwrittenBy(() => alice.restart());
    expect(atStart.has(toHex(masterKey))).toBe(true);

    const unwrapped: string[] = [];
    bob.work = {
      wrap: quickWork.wrap,
      async unwrap(kept, passphrase) {
        const key = await quickWork.unwrap(kept, passphrase);
        unwrapped.push(toHex(key));
        return key;
      },
    };
    await lock();
    const atUnlocking = await overwrittenBy(async () => {
      await unlock();
    });
    expect(unwrapped.map((key) => atUnlocking.has(key))).toEqual([true]);
  });
});

describe('erasing everything', () => {
  const empty = async (person: Person) => {
    await person.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
    const { vault, ...rest } = await rawDatabase(person.database);
    expect(Object.values(rest).flat()).toEqual([]);
    expect(vault?.map(({ key }) => key)).toEqual(['device-key', 'master-key']);
    return vault;
  };

  it.each(['running', 'locked', 'not started'])('leaves a first run when the engine is %s', async (state) => {
    await said('soon gone');
    const before = (await rawDatabase(bob.database)).vault;
    if (state === 'locked') await lock();
    if (state === 'not started') {
      bob.stop();
      bob.renew();
    }
    await bob.engine.handle({ type: 'wipe' });
    expect(await empty(bob)).not.toEqual(before);
    expect(bob.badge).toBe(0);
    const begun = await bob.engine.handle({ type: 'begin', name: 'Robert', server: server.url });
    expect(begun).toEqual({});
    expect((await bob.app(() => true)).contacts).toEqual([]);
  });

  it('destroys the master key before anything else, and durably', async () => {
    const order: string[] = [];
    const original = IDBDatabase.prototype.transaction;
    const remove = IDBFactory.prototype.deleteDatabase;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const [stores, mode, options] = given;
      if (this.name === bob.database && order.length === 0)
        order.push(`${[stores].flat().join()} ${mode} ${options?.durability}`);
      return original.apply(this, given);
    };
    IDBFactory.prototype.deleteDatabase = () => {
      throw new DOMException('', 'UnknownError');
    };
    try {
      await expect(bob.engine.wipe()).rejects.toBeInstanceOf(DOMException);
    } finally {
      IDBDatabase.prototype.transaction = original;
      IDBFactory.prototype.deleteDatabase = remove;
    }
    expect(order).toEqual(['vault readwrite strict']);
    expect((await rawDatabase(bob.database)).vault).toEqual([]);
    await bob.until({ topic: 'app' }, ({ phase }) => phase === 'storage-failed');
    // And once the storage lets it.
    await bob.engine.wipe();
    await empty(bob);
  });

  it('takes everything from the screens at once, and is not undone, where a new passphrase was being set', async () => {
    const slow = new PassphraseGate();
    bob.work = slow;
    const setting = bob.engine.handle({ type: 'set-passphrase', current: PASSPHRASE, next: 'another one' });
    const refused = expect(setting).rejects.toMatchObject({ code: 'locked' });
    await slow.reached;
    const wiping = bob.engine.wipe();
    await expect.poll(async () => (await rawDatabase(bob.database)).vault?.length, { interval: 2 }).toBe(0);
    await locked();
    slow.open();
    await refused;
    await wiping;
    await empty(bob);
  });
});
