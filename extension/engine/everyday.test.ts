import { MIN_ENVELOPE, randomBytes } from '@aside/wasm-crypto';
import { cryptoModule } from '@aside/wasm-crypto/testing';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREVIEW_CHARACTERS } from '../bridge/types/bounds.ts';
import { type Clock, systemClock } from './clock.ts';
import { toHex } from './encoding.ts';
import { Engine } from './engine.ts';
import { workHere } from './storage/passphrase-work.ts';
import { bundleOf } from './testing/bundle.ts';
import { rawDatabase } from './testing/copies.ts';
import { HandClock } from './testing/hand-clock.ts';
import { HostileServer, type Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows, rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';
import { Wire } from './testing/wire.ts';

/** Milliseconds. */
const DAY = 24 * 3600 * 1000;

let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
  ({ server, alice, bob, toAlice, toBob } = two);
});

afterEach(() => two.end());

describe('a message that a server refuses', () => {
  beforeEach(() => {
    server.refuse = () => 'mailbox-full';
  });

  it('fails with the reason, and goes when it is tried again', async () => {
    const messageId = await alice.send(toBob, 'too much');
    const [failed] = await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'failed');
    expect(failed?.delivery).toEqual({ state: 'failed', reason: 'mailbox-full' });
    server.refuse = () => undefined;
    await alice.engine.handle({ type: 'retry', contactId: toBob, messageId });
    await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'delivered');
    expect((await bob.conversation(toAlice, (m) => m.length === 1))[0]?.text).toBe('too much');
  });

  it('can be given up, and nobody waits for it', async () => {
    // Time stands still: a gap would hold back for ever what comes behind it.
    const still = await twoContacts(new HandClock());
    try {
      const { alice, bob, toAlice, toBob } = still;
      still.server.refuse = () => 'mailbox-full';
      const messageId = await alice.send(toBob, 'never mind');
      await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'failed');
      still.server.refuse = () => undefined;
      await alice.engine.handle({ type: 'discard', contactId: toBob, messageId });
      await alice.send(toBob, 'something else');
      const heard = await bob.conversation(toAlice, (m) => m.length === 1);
      expect(heard.map(({ text }) => text)).toEqual(['something else']);
      const written = await alice.conversation(toBob, (m) => m.length === 1);
      expect(written.map(({ text }) => text)).toEqual(['something else']);
    } finally {
      await still.end();
    }
  });

  it('does not stay failed once the contact is heard from', async () => {
    await alice.send(toBob, 'later, then');
    await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'failed');
    server.refuse = () => undefined;
    await bob.send(toAlice, 'room again');
    await alice.conversation(toBob, (m) => m.some(({ delivery }) => delivery?.state === 'delivered'));
  });

  it('refuses what is no failed message', async () => {
    const about = { contactId: toBob, messageId: '00'.repeat(16) };
    await expect(alice.engine.handle({ type: 'retry', ...about })).rejects.toMatchObject({
      code: 'unknown-message',
    });
    await expect(alice.engine.handle({ type: 'discard', ...about })).rejects.toMatchObject({
      code: 'unknown-message',
    });
  });
});

describe('a second invite between two who know each other', () => {
  it('makes the session anew and doubles nobody', async () => {
    await alice.send(toBob, 'before');
    await bob.conversation(toAlice, (m) => m.length === 1);
    server.refuse = () => 'server-busy';
    await alice.send(toBob, 'while nothing went through');
    server.refuse = () => undefined;
    const again = await alice.accept(await bob.invite());
    expect(again).toBe(toBob);
    await alice.send(toBob, 'after');
    const heard = await bob.conversation(toAlice, (m) => m.length === 3);
    expect(heard.map(({ text }) => text)).toEqual(['before', 'while nothing went through', 'after']);
    await bob.send(toAlice, 'and back');
    await alice.conversation(toBob, (m) => m.at(-1)?.text === 'and back' && m.length === 4);
    for (const person of [alice, bob]) expect((await person.app(() => true)).contacts.length).toBe(1);
  });
});

describe('an invite between two who are connected', () => {
  it('is used by its answer, which the connection of the session before would lose', async () => {
    const wire = new Wire();
    wire.isUp = true;
    server.liveFate = (put) => [put];
    for (const person of [alice, bob]) person.makePeer = wire.make;
    // Whom one writes to may learn one's address.
    await alice.send(toBob, 'hello');
    await bob.send(toAlice, 'hello');
    await alice.conversation(toBob, (m) => m.length === 2);
    const stops = [
      alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {}),
      bob.engine.watch({ topic: 'conversation', contactId: toAlice, limit: 1 }, () => {}),
    ];
    for (const person of [alice, bob])
      await person.contact(({ connection }) => connection.state === 'direct');
    const link = await alice.invite();
    expect(wire.open).toBe(2);
    expect(await bob.accept(link)).toBe(toAlice);
    await alice.app(({ invites }) => invites.length === 0);
    await bob.contact(({ stage }) => stage === 'ready');
    await bob.send(toAlice, 'still here');
    await alice.conversation(toBob, (m) => m.at(-1)?.text === 'still here');
    for (const stop of stops) stop();
  });
});

describe('a connection that falls as soon as it is open', () => {
  it('loses nothing of what went over it before its path was known', async () => {
    const wire = new Wire();
    wire.isUp = true;
    server.liveFate = (put) => [put];
    await alice.send(toBob, 'hello');
    await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'delivered');
    // Whom one writes to may learn one's address.
    await bob.send(toAlice, 'hello');
    await bob.conversation(toAlice, (m) => m.at(-1)?.delivery?.state === 'delivered');
    wire.path = () => new Promise(() => {});
    for (const person of [alice, bob]) person.makePeer = wire.make;
    const stop = alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {});
    await expect.poll(() => wire.open).toBe(2);
    await alice.send(toBob, 'over the connection');
    await expect.poll(() => wire.envelopes.length).toBe(1);
    wire.cut();
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'over the connection');
    stop();
  });
});

describe('a contact who removed me and comes back', () => {
  it('is the same contact, and what they write comes after what was', async () => {
    for (const text of ['one', 'two', 'three']) await bob.send(toAlice, text);
    await alice.conversation(toBob, (m) => m.length === 3);
    await alice.send(toBob, 'four');
    await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'delivered');
    await bob.engine.handle({ type: 'remove-contact', contactId: toAlice });
    expect(await alice.accept(await bob.invite())).toBe(toBob);
    const anew = (await bob.contact(({ name }) => name === 'Alice')).id;
    await bob.send(anew, 'five');
    await bob.send(anew, 'six');
    const heard = await alice.conversation(toBob, (m) => m.length === 6);
    expect(heard.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    await alice.send(toBob, 'seven');
    const seen = await bob.conversation(anew, (m) => m.at(-1)?.text === 'seven');
    expect(seen.map(({ text }) => text)).toEqual(['five', 'six', 'seven']);
  });
});

describe('an invite', () => {
  it('that is accepted twice at once makes one session', async () => {
    const carol = await new Person('Carol', server.url).begin();
    const link = await alice.invite();
    const [first, second] = await Promise.all([carol.accept(link), carol.accept(link)]);
    expect(first).toBe(second);
    await carol.send(first, 'hello');
    const { id } = await alice.contact(({ name }) => name === 'Carol');
    await alice.conversation(id, (m) => m.length === 1);
    carol.stop();
  });

  it('is placed by itself once the server takes it', async () => {
    let refusals = 1;
    server.refuse = () => (refusals-- > 0 ? 'server-busy' : undefined);
    await alice.invite();
    expect(refusals).toBeLessThan(0);
  });

  it('that is withdrawn in the moment of its answer was either used or not', async () => {
    const carol = await new Person('Carol', server.url).begin();
    const link = await alice.invite();
    const { invites } = await alice.app((s) => s.invites.length === 1);
    const held: Put[] = [];
    server.fate = (put) => {
      held.push(put);
      return [];
    };
    await carol.accept(link);
    await expect.poll(() => held.length).toBeGreaterThan(0);
    server.fate = (put) => [put];
    for (const put of held) server.deliver(put);
    await alice.engine.handle({ type: 'withdraw-invite', inviteId: invites[0]?.id as string });
    const { contacts } = await alice.app((s) => s.invites.length === 0);
    // What comes next, whoever it is from, comes after all of that.
    await bob.send(toAlice, 'Later.');
    await alice.conversation(toBob, (m) => m.length === 1);
    expect((await alice.app(() => true)).contacts.map(({ name }) => name)).toEqual(
      contacts.map(({ name }) => name),
    );
    carol.stop();
  });

  it('leaves nothing at the server when it is withdrawn while it is placed', async () => {
    const known = new Set(server.read);
    let bundle: Put | undefined;
    let withdrawn: Promise<unknown> | undefined;
    server.fate = (put) => {
      if (known.has(put.mailbox)) return [put];
      bundle = put;
      // She is told in the same moment that it is stored.
      withdrawn = created.then(({ inviteId }) => alice.engine.handle({ type: 'withdraw-invite', inviteId }));
      return [put];
    };
    const created = alice.engine.handle({ type: 'create-invite' });
    await expect.poll(() => bundle).toBeDefined();
    await withdrawn;
    const { mailbox, envelope } = bundle as unknown as Put;
    await expect.poll(() => server.keeps(mailbox, envelope)).toBe(false);
    expect((await alice.app(() => true)).invites).toEqual([]);
  });

  it('is shown as expired after its date, and is gone with its keys when no answer can come any more', async () => {
    let ahead = 0;
    const clock: Clock = { now: () => systemClock.now() + ahead, after: systemClock.after };
    const carol = await new Person('Carol', server.url, clock).begin();
    const { mailbox, envelope } = bundleOf(server, await carol.invite());
    expect(server.keeps(mailbox, envelope)).toBe(true);
    ahead = 8 * DAY;
    await carol.restart();
    expect((await carol.app(() => true)).invites.map(({ state }) => state)).toEqual(['expired']);
    ahead = 22 * DAY;
    await carol.restart();
    await carol.app(({ invites }) => invites.length === 0);
    await expect.poll(() => server.keeps(mailbox, envelope)).toBe(false);
    carol.stop();
  });

  it('is gone with its keys by then where its server cannot be reached either', async () => {
    const clock = new SkipClock();
    const gone = await HostileServer.start();
    const carol = await new Person('Carol', gone.url, clock).begin();
    await carol.invite();
    const kept = async () => (await rowsOf(carol, 'invites')).map(({ keys, state }) => [keys.length, state]);
    await gone.stop();
    await carol.app((s) => s.server.state === 'unreachable');
    await clock.pass(20 * DAY);
    // Somebody may have answered in time, at a server that comes back.
    expect(await kept()).toEqual([[3681, 'placed']]);
    await clock.pass(2 * DAY);
    expect(await kept()).toEqual([[0, 'spent']]);
    carol.stop();
  });

  it('loses nothing that came before the first word of whoever accepted it', async () => {
    const carol = await new Person('Carol', server.url).begin();
    const others = new Set(server.read);
    const link = await alice.invite();
    const held: Put[] = [];
    server.fate = (put) => {
      if (others.has(put.mailbox)) return [put];
      held.push(put);
      return [];
    };
    const toAliceFromCarol = await carol.accept(link);
    await carol.send(toAliceFromCarol, 'first');
    await expect.poll(() => held.length).toBe(2);
    carol.stop();
    server.fate = (put) => [put];
    for (const put of held.reverse()) server.deliver(put);
    const { id } = await alice.contact(({ name }) => name === 'Carol');
    const heard = await alice.conversation(id, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('first');
  });
});

describe('a contact', () => {
  it('hears of a new name, unless they chose their own for me', async () => {
    await alice.engine.handle({ type: 'change-settings', change: { name: '  Alice \n Liddell ' } });
    await bob.contact(({ name }) => name === 'Alice Liddell');
    await bob.engine.handle({ type: 'rename-contact', contactId: toAlice, name: 'Sister' });
    await alice.engine.handle({ type: 'change-settings', change: { name: 'A.' } });
    await alice.send(toBob, 'hello');
    await bob.conversation(toAlice, (m) => m.length === 1);
    expect((await bob.contact()).name).toBe('Sister');
  });

  it('hears of the longest name, whatever script it is in', async () => {
    const change = (name: string) => alice.engine.handle({ type: 'change-settings', change: { name } });
    const moons = '🌙'.repeat(60);
    await expect(change(`${moons}🌙`)).rejects.toMatchObject({ code: 'name-too-long' });
    await change(moons);
    await bob.contact(({ name }) => name === moons);
  });

  it('hears of a new name, also where the engine ended before it was said', async () => {
    const open = IDBDatabase.prototype.transaction;
    // The settings are written; whatever comes behind them is not.
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const isSealing = [given[0]].flat().includes('outbox') && given[1] === 'readwrite';
      if (isSealing && this.name === alice.database) throw new DOMException('', 'AbortError');
      return open.apply(this, given);
    };
    try {
      await alice.engine.handle({ type: 'change-settings', change: { name: 'Alicia' } });
    } finally {
      IDBDatabase.prototype.transaction = open;
    }
    await alice.restart();
    expect((await alice.app(() => true)).settings.name).toBe('Alicia');
    await bob.contact(({ name }) => name === 'Alicia');
    // Once is enough.
    const sent = async () => {
      await alice.engine.stop();
      let number: number | undefined;
      await changeRows(alice.database, ['contacts'], async (tx) => {
        number = (await tx.get('contacts', toBob))?.sent;
      });
      return number as number;
    };
    const before = await sent();
    await alice.restart();
    await alice.send(toBob, 'hello');
    expect(await sent()).toBe(before + 1);
  });

  it('is gone with everything when they are removed', async () => {
    const tables = ['contacts', 'sessions', 'messages', 'outbox', 'quarantine', 'drafts'] as const;
    const rows = async () => {
      const raw = await rawDatabase(alice.database);
      return tables.map((table) => raw[table]?.length);
    };
    await bob.send(toAlice, 'hello');
    await alice.conversation(toBob, (m) => m.length === 1);
    let mailbox = '';
    await changeRows(bob.database, ['contacts'], async (tx) => {
      mailbox = toHex((await tx.get('contacts', toAlice))?.write?.id as Uint8Array);
    });
    server.refuse = () => 'mailbox-full';
    server.deliver({ mailbox, envelope: randomBytes(MIN_ENVELOPE) });
    await alice.send(toBob, 'too much');
    await alice.engine.handle({ type: 'set-draft', contactId: toBob, text: 'half a letter' });
    await alice.contact(({ quarantined }) => quarantined === 1);
    await expect.poll(rows).toEqual([1, 1, 2, expect.toSatisfy((n) => n > 0), 1, 1]);
    await alice.engine.handle({ type: 'remove-contact', contactId: toBob });
    expect(await rows()).toEqual([0, 0, 0, 0, 0, 0]);
    expect((await alice.app(() => true)).contacts).toEqual([]);
    await expect(alice.send(toBob, 'again')).rejects.toMatchObject({ code: 'unknown-contact' });
    await alice.restart();
    expect((await alice.app(() => true)).contacts).toEqual([]);
  });

  it('shows the beginning of what was said last, however long it is', async () => {
    await alice.send(toBob, 'so '.repeat(20_000));
    const { last } = await bob.contact((c) => c.last !== undefined);
    expect(last?.text).toBe('so '.repeat(67).slice(0, PREVIEW_CHARACTERS));
  });

  it('is read up to where one has seen, and no further', async () => {
    for (const text of ['one', 'two', 'three']) await alice.send(toBob, text);
    const heard = await bob.conversation(toAlice, (m) => m.length === 3);
    expect((await bob.contact()).unread).toBe(3);
    await bob.engine.handle({ type: 'mark-read', contactId: toAlice, messageId: heard[1]?.id as string });
    expect((await bob.contact()).unread).toBe(1);
    await expect.poll(() => bob.badge).toBe(1);
    await bob.restart();
    expect((await bob.contact()).unread).toBe(1);
  });
});

describe('another browser with the same mailboxes', () => {
  it('gets them, and this one takes them back only when asked', async () => {
    server.takeAll();
    await alice.app((s) => s.server.state === 'elsewhere');
    await alice.engine.handle({ type: 'take-over' });
    await alice.app((s) => s.server.state === 'online');
    await bob.engine.handle({ type: 'take-over' });
    await alice.send(toBob, 'here again');
    await bob.conversation(toAlice, (m) => m.length === 1);
  });
});

describe('a view that outlives the engine', () => {
  it('sees its conversation in the next engine without asking again', async () => {
    await alice.send(toBob, 'still here');
    await bob.conversation(toAlice, (m) => m.length === 1);
    const restarted = bob.restart();
    const heard = await bob.conversation(toAlice, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('still here');
    await restarted;
  });

  it('may ask while the engine starts', async () => {
    void bob.restart();
    await bob.send(toAlice, 'in a hurry');
    await alice.conversation(toBob, (m) => m.length === 1);
  });
});

describe('two commands at once', () => {
  it('make one identity, and lose no setting', async () => {
    const carol = new Person('Carol', server.url);
    await carol.engine.start();
    const begin = { type: 'begin', name: 'Carol', server: server.url } as const;
    const both = await Promise.allSettled([carol.engine.handle(begin), carol.engine.handle(begin)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { me } = await carol.app(() => true);
    const change = (change: object) => carol.engine.handle({ type: 'change-settings', change });
    await Promise.all([change({ name: 'C.' }), change({ direct: 'nobody' }), change({ openAs: 'popup' })]);
    await carol.restart();
    const after = await carol.app(() => true);
    expect(after.me).toEqual(me);
    expect(after.settings).toMatchObject({ name: 'C.', direct: 'nobody', openAs: 'popup' });
    carol.stop();
  });
});

describe('a text near the bound', () => {
  it('is refused by its reason where it does not fit, whatever it is made of', async () => {
    await alice.send(toBob, 'x'.repeat(60_000));
    await expect(alice.send(toBob, '"'.repeat(59_000))).rejects.toMatchObject({ code: 'text-too-long' });
    expect((await bob.conversation(toAlice, (m) => m.length === 1))[0]?.text.length).toBe(60_000);
  });
});

describe('what a person began to write', () => {
  const openConversation = () =>
    alice.until({ topic: 'conversation', contactId: toBob, limit: 10 }, () => true);

  it('is there after a restart, until it is taken away', async () => {
    const text = `As I was saying${' and so on'.repeat(40)}`;
    for (const length of [1, 2, text.length])
      await alice.engine.handle({ type: 'set-draft', contactId: toBob, text: text.slice(0, length) });
    await alice.restart();
    expect((await openConversation()).draft).toBe(text);
    expect((await alice.contact()).draft).toBe(text.slice(0, 200));
    await alice.engine.handle({ type: 'set-draft', contactId: toBob, text: '' });
    await alice.restart();
    expect((await openConversation()).draft).toBe('');
    expect(await alice.contact()).not.toHaveProperty('draft');
  });

  it('is the same in every view that is open', async () => {
    const drafts: string[] = [];
    const stop = alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 10 }, ({ draft }) =>
      drafts.push(draft),
    );
    await expect.poll(() => drafts.length).toBeGreaterThan(0);
    alice.engine.viewsOpen(2);
    // Other news of the conversation, which come now and then, would tell of one of them.
    for (const text of ['H', 'He', 'Hel', 'Hell', 'Hello']) {
      await alice.engine.handle({ type: 'set-draft', contactId: toBob, text });
      await expect.poll(() => drafts.at(-1)).toBe(text);
    }
    alice.engine.viewsOpen(0);
    stop();
  });

  it('is a draft until it is sent, and none from then on', async () => {
    const draft = async (text: string) => alice.engine.handle({ type: 'set-draft', contactId: toBob, text });
    const long = 'x'.repeat(60_001);
    await draft(long);
    await expect(alice.send(toBob, long)).rejects.toMatchObject({ code: 'text-too-long' });
    await alice.restart();
    expect((await openConversation()).draft).toBe(long);
    await draft('Sent');
    const sending = alice.send(toBob, 'Sent');
    // As another view may have begun it.
    await draft('Begun meanwhile');
    await sending;
    expect((await openConversation()).draft).toBe('Begun meanwhile');
    await alice.restart();
    expect((await openConversation()).draft).toBe('Begun meanwhile');
    await alice.send(toBob, 'Begun meanwhile');
    expect((await openConversation()).draft).toBe('');
    await alice.restart();
    expect((await openConversation()).draft).toBe('');
  });
});

describe('what a person may not do', () => {
  it.each([
    [{ type: 'send', contactId: 'toBob', text: '  \n' }, 'text-empty'],
    [{ type: 'send', contactId: 'toBob', text: 'x'.repeat(60_001) }, 'text-too-long'],
    [{ type: 'change-settings', change: { name: ' ' } }, 'name-empty'],
    [{ type: 'change-settings', change: { name: 'x'.repeat(61) } }, 'name-too-long'],
    [{ type: 'change-settings', change: { server: 'http://example.org' } }, 'server-insecure'],
    [{ type: 'withdraw-invite', inviteId: 'none' }, 'unknown-invite'],
    [{ type: 'ping', contactId: 'toBob' }, 'not-connected'],
    [{ type: 'begin', name: 'Twice', server: 'example.org' }, 'not-ready'],
  ] as const)('%j is refused: %s', async (command, code) => {
    const addressed = 'contactId' in command ? { ...command, contactId: toBob } : command;
    await expect(alice.engine.handle(addressed)).rejects.toMatchObject({ code });
  });
});

describe('a database of a later version', () => {
  it('is left alone', async () => {
    const name = `newer-${process.pid}`;
    (await openDB(name, 99)).close();
    const shell = { badge() {}, notify() {}, dismiss() {}, dismissAll() {}, openAs() {}, reload() {} };
    const engine = new Engine({
      shell,
      module: cryptoModule,
      databaseName: name,
      passphraseWork: workHere(),
    });
    await engine.start();
    const phase = await new Promise((resolve) =>
      engine.watch({ topic: 'app' }, ({ phase }) => resolve(phase)),
    );
    expect(phase).toBe('newer-data');
    expect((await openDB(name)).version).toBe(99);
  });

  it('is said to be one, also where only a session in it is', async () => {
    await alice.engine.stop();
    await changeRows(alice.database, ['sessions'], async (tx) => {
      for (const { key, row } of await tx.list('sessions'))
        tx.put('sessions', key, { ...row, state: row.state.with(0, 99) });
    });
    alice.renew();
    await alice.engine.start();
    await alice.until({ topic: 'app' }, ({ phase }) => phase === 'newer-data');
  });
});
