import { decodeIdentityKeys, encodeIdentityKeys, randomBytes, SAFETY_EMOJI } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContactView } from '../bridge/types/snapshots.ts';
import type { Peer } from './connections/peer.ts';
import type { Contact } from './contacts.ts';
import type { ContactRow } from './storage/rows.ts';
import { backUp, restore } from './testing/back-up.ts';
import { FullDisks } from './testing/full-disks.ts';
import { Person, silentPeer } from './testing/person.ts';
import { changeRows, rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';
import { trustView } from './trust.ts';

let two: TwoContacts;
/** Bob, who set up Aside again; or somebody who says so. */
let newBob: Person;

beforeEach(async () => {
  two = await twoContacts();
  newBob = await new Person('Bob', two.server.url).begin();
});

afterEach(async () => {
  newBob.stop();
  await two.end();
});

const bobAt = () => two.alice.contact(({ id }) => id === two.toBob);
const withTrust = (state: ContactView['trust']['state']) => (c: ContactView) => c.trust.state === state;

function compare(how: 'eye' | 'voice' = 'eye') {
  return bobAt().then(({ safety }) =>
    two.alice.engine.handle({ type: 'note-compared', contactId: two.toBob, how, digits: safety.digits }),
  );
}

/** Alice decides for the key that is shown, without comparing. */
async function goOn(): Promise<void> {
  const { safety } = await bobAt();
  await two.alice.engine.handle({ type: 'accept-key', contactId: two.toBob, digits: safety.digits });
}

/** Alice's invite for Bob alone. */
async function inviteAgain(): Promise<string> {
  const { alice, toBob } = two;
  const { inviteId } = await alice.engine.handle({ type: 'create-invite', contactId: toBob });
  const { invites } = await alice.app((s) => s.invites.some((i) => i.id === inviteId && i.state === 'open'));
  const invite = invites.find(({ id }) => id === inviteId);
  expect(invite?.contactId).toBe(toBob);
  return invite?.link as string;
}

/** The new Bob accepts the invite that Alice made for the Bob whom she knew. */
async function keyChanges(): Promise<string> {
  const toAlice = await newBob.accept(await inviteAgain());
  await two.alice.contact(withTrust('changed'));
  return toAlice;
}

describe('a safety number', () => {
  it('is the same on both sides in all its forms', async () => {
    const [atAlice, atBob] = [await bobAt(), await two.bob.contact()];
    expect(atAlice.safety).toEqual(atBob.safety);
    expect(atAlice.safety.digits).toMatch(/^\d{60}$/);
    expect(atAlice.safety.emoji).toHaveLength(12);
    expect(atAlice.safety.code).toMatch(/^ASIDE:01[0-9A-F]{64}$/);
  });

  it('is kept with the contact where it is slow to work out, and is not believed of anybody else', async () => {
    const { alice, bob, toBob } = two;
    const { safety } = await bobAt();
    await alice.send(toBob, 'hello');
    await bob.conversation(two.toAlice, (m) => m.length === 1);
    const change = (kept: (row: ContactRow) => ContactRow) =>
      changeRows(alice.database, ['contacts'], async (tx) => {
        const [contact] = await tx.list('contacts');
        if (contact !== undefined) tx.put('contacts', contact.key, kept(contact.row));
      });
    const [, second, ...others] = safety.emoji;
    const kept = SAFETY_EMOJI.indexOf(second as string);
    for (const isTheirs of [true, false]) {
      alice.stop();
      await change((row) => {
        if (row.safety === undefined) throw new Error('nothing is kept');
        const { qr, emoji } = row.safety;
        return { ...row, safety: { qr: isTheirs ? qr : qr.toReversed(), emoji: emoji.with(0, kept) } };
      });
      alice.renew();
      await alice.engine.start();
      const first = isTheirs ? second : safety.emoji[0];
      expect((await bobAt()).safety).toEqual({ ...safety, emoji: [first, second, ...others] });
    }
  });

  it('that was compared is noted with when and how, over a restart and a new session, until it is taken back', async () => {
    const { alice, bob, toBob } = two;
    expect((await bobAt()).trust).toEqual({ state: 'introduced' });
    await compare('voice');
    const noted = (await alice.contact(withTrust('compared'))).trust;
    expect(noted).toMatchObject({ state: 'compared', how: 'voice', at: expect.any(Number) });
    await alice.restart();
    expect((await bobAt()).trust).toEqual(noted);
    // Bob, the same as ever, accepts one more invite: the session is another one, the identity is not.
    await bob.accept(await inviteAgain());
    await alice.app(({ invites }) => invites.length === 0);
    await alice.send(toBob, 'still you');
    await bob.conversation(two.toAlice, (m) => m.length === 1);
    expect((await bobAt()).trust).toEqual(noted);
    await alice.engine.handle({ type: 'take-back-comparison', contactId: toBob });
    expect((await bobAt()).trust).toEqual({ state: 'introduced' });
  });

  it('is compared by a scan of the code on the other screen', async () => {
    const { alice, bob, toBob } = two;
    const { safety } = await bob.contact();
    const scan = (code: string) => alice.engine.handle({ type: 'compare-code', contactId: toBob, code });
    const other = `${safety.code.slice(0, -1)}${safety.code.endsWith('0') ? '1' : '0'}`;
    expect(await scan(other)).toEqual({ outcome: 'mismatch' });
    for (const code of ['https://example.org', '', 'ASIDE:', 'ASIDE:0G', safety.code.replace(':01', ':02')])
      expect(await scan(code), code).toEqual({ outcome: 'not-a-code' });
    expect((await bobAt()).trust).toEqual({ state: 'introduced' });
    expect(await scan(` ${safety.code}\n`)).toEqual({ outcome: 'match' });
    expect((await bobAt()).trust).toMatchObject({ state: 'compared', how: 'scan' });
  });

  it('that is not theirs any more cannot be called compared', async () => {
    const { safety } = await bobAt();
    await keyChanges();
    const call = { contactId: two.toBob, digits: safety.digits } as const;
    const { engine } = two.alice;
    await expect(engine.handle({ type: 'note-compared', how: 'eye', ...call })).rejects.toMatchObject({
      code: 'key-changed',
    });
    await expect(engine.handle({ type: 'accept-key', ...call })).rejects.toMatchObject({
      code: 'key-changed',
    });
    expect((await bobAt()).trust.state).toBe('changed');
  });
});

describe('a changed key', () => {
  it('takes the comparison away and stops what one writes until one has compared', async () => {
    const { alice, toBob } = two;
    await compare();
    await alice.send(toBob, 'to the one I know');
    await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'delivered');
    const before = await bobAt();
    const toAlice = await keyChanges();
    const changed = await bobAt();
    expect(changed.trust).toMatchObject({ state: 'changed', wasCompared: true });
    expect(changed.moon).not.toEqual(before.moon);
    expect(changed.safety).not.toEqual(before.safety);
    await expect(alice.send(toBob, 'who are you?')).rejects.toMatchObject({ code: 'key-changed' });
    await alice.restart();
    await expect(alice.send(toBob, 'who are you?')).rejects.toMatchObject({ code: 'key-changed' });
    await newBob.send(toAlice, 'me, with a new laptop');
    await alice.conversation(toBob, (m) => m.length === 2);
    await compare();
    expect((await bobAt()).trust).toMatchObject({ state: 'compared', how: 'eye' });
    await alice.send(toBob, 'welcome back');
    const heard = await newBob.conversation(toAlice, (m) => m.length === 2);
    expect(heard.map(({ text }) => text)).toEqual(['me, with a new laptop', 'welcome back']);
  });

  it('is also one of which only the half for agreeing is another', async () => {
    const { alice, bob } = two;
    await compare();
    const before = await bobAt();
    bob.stop();
    await changeRows(bob.database, ['profile'], async (tx) => {
      const [profile] = await tx.list('profile');
      if (profile === undefined) throw new Error('nobody is there');
      const { key, row } = profile;
      // What signs stays, what agrees is another: the digits that were compared are not theirs any more.
      const identity = encodeIdentityKeys({
        ...decodeIdentityKeys(row.identity),
        agreeSecret: randomBytes(32),
      });
      tx.put('profile', key, { ...row, identity });
    });
    bob.renew();
    await bob.engine.start();
    await bob.accept(await inviteAgain());
    const changed = await alice.contact(withTrust('changed'));
    expect(changed.trust).toMatchObject({ state: 'changed', wasCompared: true });
    expect(changed.safety).not.toEqual(before.safety);
  });

  it('stands as a line between what the one key wrote and what the other does', async () => {
    const { alice, bob, toBob, toAlice } = two;
    await bob.send(toAlice, 'one');
    await alice.conversation(toBob, (m) => m.length === 1);
    await alice.send(toBob, 'two');
    await alice.conversation(toBob, (m) => m[1]?.delivery?.state === 'delivered');
    const fromNew = await keyChanges();
    const watch = { topic: 'conversation', contactId: toBob, limit: 50 } as const;
    const line = await alice.until(watch, ({ keyChanges }) => keyChanges.length === 1);
    expect(line.keyChanges).toEqual([{ at: expect.any(Number) }]);
    await newBob.send(fromNew, 'three');
    const after = await alice.until(watch, ({ messages }) => messages.length === 3);
    expect(after.messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(after.keyChanges).toEqual([{ at: expect.any(Number), before: after.messages[2]?.id }]);
    const page = await alice.until({ ...watch, limit: 1 }, ({ messages }) => messages.length === 1);
    expect(page.keyChanges).toEqual([]);
  });

  it('leaves the old key in touch until one has decided, and each shows on its side of the line', async () => {
    const { alice, bob, toBob, toAlice } = two;
    bob.stop();
    await alice.send(toBob, 'for the old key');
    const fromNew = await keyChanges();
    await newBob.send(fromNew, 'from the new one');
    await alice.conversation(toBob, (m) => m.length === 2);
    await bob.restart();
    const heard = await bob.conversation(toAlice, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('for the old key');
    // More than the new one wrote: nothing of it may come to stand behind that.
    const fromOld = ['from the old one', 'who is that?', 'Alice?'];
    for (const text of fromOld) await bob.send(toAlice, text);
    await bob.conversation(toAlice, (m) => m[3]?.delivery?.state === 'delivered');
    const watch = { topic: 'conversation', contactId: toBob, limit: 50 } as const;
    const shown = await alice.until(watch, ({ messages }) => messages.length === 5);
    const texts = ['for the old key', ...fromOld, 'from the new one'];
    expect(shown.messages.map(({ text }) => text)).toEqual(texts);
    const line = [{ at: expect.any(Number), before: shown.messages[4]?.id }];
    expect(shown.keyChanges).toEqual(line);
    // And so it is read part by part.
    for (const [n, { id: messageId }] of shown.messages.entries()) {
      const part = await alice.until({ ...watch, limit: 2, place: { messageId, newer: 1 } }, () => true);
      expect(part.messages.map(({ text }) => text)).toEqual(texts.slice(Math.max(0, n - 1), n + 2));
      expect(part).toMatchObject({ hasOlder: n > 1, hasNewer: n < 3, keyChanges: n > 2 ? line : [] });
    }
    expect(await bobAt()).toMatchObject({ unread: 4, trust: { state: 'changed' } });
    expect((await alice.app(() => true)).contacts).toHaveLength(1);
    await expect(alice.send(toBob, 'to whom?')).rejects.toMatchObject({ code: 'key-changed' });
    await alice.engine.handle({
      type: 'mark-read',
      contactId: toBob,
      messageId: shown.messages[4]?.id as string,
    });
    expect(await bobAt()).toMatchObject({ unread: 0 });
    // Whoever decides, and a restart, find it in the same order.
    await alice.restart();
    await goOn();
    await newBob.send(fromNew, 'and on');
    const isAsBefore = async () => {
      const after = await alice.until(watch, ({ messages }) => messages.length === 6);
      expect(after.messages.map(({ text }) => text)).toEqual([...texts, 'and on']);
      expect(after.keyChanges).toEqual(line);
    };
    await isAsBefore();
    await alice.restart();
    await isAsBefore();
  });

  it('is turned away by keeping the old one, with which all is as it was', async () => {
    const { alice, bob, toBob, toAlice } = two;
    await compare();
    const before = await bobAt();
    const fromNew = await keyChanges();
    await newBob.send(fromNew, 'it is me');
    await alice.conversation(toBob, (m) => m.length === 1);
    const { safety } = await bobAt();
    const refuse = (digits: string) => alice.engine.handle({ type: 'refuse-key', contactId: toBob, digits });
    await expect(refuse(before.safety.digits)).rejects.toMatchObject({ code: 'key-changed' });
    await refuse(safety.digits);
    const { name, moon, trust, unread } = before;
    expect(await bobAt()).toMatchObject({ name, moon, trust, unread, safety: before.safety });
    await alice.send(toBob, 'so it was not you');
    await bob.send(toAlice, 'no');
    await bob.conversation(toAlice, (m) => m.length === 2);
    const shown = await alice.conversation(toBob, (m) => m.length === 2);
    expect(new Set(shown.map(({ text }) => text))).toEqual(new Set(['so it was not you', 'no']));
    // Nobody reads where the other one writes.
    await newBob.send(fromNew, 'hello?');
    await newBob.conversation(fromNew, (m) => m[1]?.delivery?.state === 'sent');
    await alice.restart();
    await alice.send(toBob, 'good');
    await bob.conversation(toAlice, (m) => m.length === 3);
    expect(await alice.conversation(toBob, (m) => m.length >= 3)).toHaveLength(3);
    expect(await bobAt()).toMatchObject({ trust });
  });

  it('that is followed by yet another one asks about that one, and loses nothing of either', async () => {
    const { alice, toBob } = two;
    const fromNew = await keyChanges();
    await newBob.send(fromNew, 'from the second');
    await alice.conversation(toBob, (m) => m.length === 1);
    const second = await bobAt();
    expect(second.last?.text).toBe('from the second');
    const third = await new Person('Bob', two.server.url).begin();
    const fromThird = await third.accept(await inviteAgain());
    await third.send(fromThird, 'from the third');
    await alice.conversation(toBob, (m) => m.length === 2);
    for (const text of ['more', 'and more']) await newBob.send(fromNew, text);
    await alice.conversation(toBob, (m) => m.length === 4);
    const stale = { type: 'accept-key', contactId: toBob, digits: second.safety.digits } as const;
    await expect(alice.engine.handle(stale)).rejects.toMatchObject({ code: 'key-changed' });
    const watch = { topic: 'conversation', contactId: toBob, limit: 50 } as const;
    const isAsBefore = async () => {
      const { messages, keyChanges: lines } = await alice.until(watch, (s) => s.messages.length === 4);
      const texts = ['from the second', 'more', 'and more', 'from the third'];
      expect(messages.map(({ text }) => text)).toEqual(texts);
      expect(lines.map(({ before }) => before)).toEqual([messages[0]?.id, messages[3]?.id]);
    };
    await isAsBefore();
    await alice.restart();
    await isAsBefore();
    await goOn();
    await isAsBefore();
    await alice.restart();
    await isAsBefore();
    await alice.send(toBob, 'welcome');
    await third.conversation(fromThird, (m) => m.length === 2);
    third.stop();
  });

  it('that one goes on with while something of it is read leaves the rest of it unread', async () => {
    const { alice, toBob } = two;
    const fromNew = await keyChanges();
    for (const text of ['one', 'two']) await newBob.send(fromNew, text);
    const [one] = await alice.conversation(toBob, (m) => m.length === 2);
    const messageId = one?.id as string;
    await Promise.all([
      goOn(),
      bobAt().then(() => alice.engine.handle({ type: 'mark-read', contactId: toBob, messageId })),
    ]);
    const watch = { topic: 'conversation', contactId: toBob, limit: 50 } as const;
    const shown = await alice.until(watch, ({ messages }) => messages.length === 2);
    expect(shown.firstUnread).toBe(shown.messages[1]?.id);
    expect((await bobAt()).unread).toBe(1);
  });

  it('loses nothing that comes while one decides', async () => {
    const { alice, toBob } = two;
    const fromNew = await keyChanges();
    const texts = Array.from({ length: 30 }, (_, i) => `word ${i}`);
    const said = (async () => {
      for (const text of texts) await newBob.send(fromNew, text);
    })();
    await alice.conversation(toBob, (m) => m.length >= 5);
    await goOn();
    await said;
    const shown = await alice.conversation(toBob, (m) => m.length === texts.length);
    expect(shown.map(({ text }) => text)).toEqual(texts);
    await newBob.conversation(fromNew, (m) => m.every(({ delivery }) => delivery?.state === 'delivered'));
  });

  it.each(['new', 'old'] as const)(
    'is still to be decided about after coming back from a back-up: for the %s one',
    async (which) => {
      const { alice, bob, server, toBob } = two;
      const toAlice = await keyChanges();
      await newBob.send(toAlice, 'from the new key');
      await alice.conversation(toBob, (m) => m.length === 1);
      const file = await backUp(alice, 'orbit velvet canyon');
      alice.stop();
      const back = new Person('Alice', server.url);
      try {
        await back.engine.start();
        await restore(back, file, 'orbit velvet canyon');
        const { safety } = await back.contact(withTrust('changed'));
        await expect(back.send(toBob, 'too early')).rejects.toMatchObject({ code: 'key-changed' });
        const type = which === 'new' ? 'accept-key' : 'refuse-key';
        await back.engine.handle({ type, contactId: toBob, digits: safety.digits });
        const [them, theirs] = which === 'new' ? [newBob, toAlice] : [bob, two.toAlice];
        await back.send(toBob, 'I am back');
        await them.conversation(theirs, (m) => m.at(-1)?.text === 'I am back');
        await them.send(theirs, 'So you are');
        const shown = await back.conversation(toBob, (m) => m.at(-1)?.text === 'So you are');
        expect(shown.map(({ text }) => text)).toEqual([
          ...(which === 'new' ? ['from the new key'] : []),
          'I am back',
          'So you are',
        ]);
      } finally {
        back.stop();
      }
    },
  );

  it('goes with the contact who is removed', async () => {
    const { alice, toBob } = two;
    await keyChanges();
    await alice.engine.handle({ type: 'remove-contact', contactId: toBob });
    expect((await alice.app(() => true)).contacts).toEqual([]);
    await alice.restart();
    expect((await alice.app(() => true)).contacts).toEqual([]);
  });

  it('gets nothing that was written for the one before, unless one sends it again', async () => {
    const { alice, bob, toBob } = two;
    bob.stop();
    const kept = await alice.send(toBob, 'for the old key');
    const dropped = await alice.send(toBob, 'never mind');
    const toAlice = await keyChanges();
    const isWaiting = (m: { delivery?: { state: string } }) =>
      expect(['waiting', 'sent']).toContain(m.delivery?.state);
    (await alice.conversation(toBob, (m) => m.length === 2)).forEach(isWaiting);
    await goOn();
    const isStopped = (m: { delivery?: unknown }) =>
      expect(m.delivery).toEqual({ state: 'failed', reason: 'key-changed' });
    (await alice.conversation(toBob, (m) => m.length === 2)).forEach(isStopped);
    expect((await bobAt()).trust.state).toBe('new-key');
    const retry = { type: 'retry', contactId: toBob, messageId: kept } as const;
    await alice.engine.handle({ type: 'discard', contactId: toBob, messageId: dropped });
    await alice.engine.handle(retry);
    await alice.send(toBob, 'and on');
    const heard = await newBob.conversation(toAlice, (m) => m.length === 2);
    expect(heard.map(({ text }) => text)).toEqual(['for the old key', 'and on']);
    await alice.conversation(toBob, (m) => m.every(({ delivery }) => delivery?.state === 'delivered'));
  });

  it('shows as well when I accept an invite that I take to be theirs', async () => {
    const { alice, toBob } = two;
    const link = await newBob.invite();
    const { from } = await alice.engine.handle({ type: 'read-invite', text: link });
    expect(from).toBeUndefined();
    const accept = { type: 'accept-invite', text: link, contactId: toBob } as const;
    expect(await alice.engine.handle(accept)).toEqual({ contactId: toBob });
    expect((await alice.app(() => true)).contacts).toHaveLength(1);
    expect((await bobAt()).trust.state).toBe('changed');
    await expect(alice.send(toBob, 'hello?')).rejects.toMatchObject({ code: 'key-changed' });
    // What comes with the new key is kept; it does not rename whom I knew before I decide.
    const toAlice = (await newBob.contact()).id;
    await newBob.engine.handle({ type: 'change-settings', change: { name: 'Robert' } });
    await newBob.send(toAlice, 'hello');
    await alice.conversation(toBob, (m) => m.length === 1);
    expect((await bobAt()).name).toBe('Bob');
    await compare();
    expect((await bobAt()).name).toBe('Robert');
  });

  it('is none where the known key made the invite, or comes back before one decided', async () => {
    const { alice, bob, toBob, toAlice } = two;
    await compare();
    const { trust } = await bobAt();
    const link = await bob.invite();
    expect(await alice.engine.handle({ type: 'read-invite', text: link })).toMatchObject({ from: toBob });
    await keyChanges();
    expect(await bob.accept(await inviteAgain())).toBe(toAlice);
    expect((await alice.contact(withTrust('compared'))).trust).toEqual(trust);
    await alice.send(toBob, 'so it is you');
    await bob.conversation(toAlice, (m) => m.length === 1);
  });

  it('makes nobody else the contact: a known one who accepts the invite stays who they are', async () => {
    const { alice, toBob } = two;
    await newBob.engine.handle({ type: 'change-settings', change: { name: 'Carol' } });
    await newBob.accept(await alice.invite());
    const carol = await alice.contact(({ name }) => name === 'Carol');
    await newBob.accept(await inviteAgain());
    await alice.app(({ invites }) => invites.length === 0);
    expect((await bobAt()).trust.state).toBe('introduced');
    expect((await alice.contact(({ id }) => id === carol.id)).trust.state).toBe('introduced');
    await alice.send(toBob, 'hello');
    await two.bob.conversation(two.toAlice, (m) => m.length === 1);
  });

  it('is connected to by nobody before one has decided: a connection tells an address', async () => {
    const { alice, toBob } = two;
    await keyChanges();
    const stop = alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {});
    const { connection, safety } = await bobAt();
    expect(connection.state).toBe('mailbox');
    await alice.engine.handle({ type: 'accept-key', contactId: toBob, digits: safety.digits });
    expect((await bobAt()).connection.state).toBe('connecting');
    stop();
  });

  it('that one goes on with is to be accepted anew before it sees an address, and hidden from as before', async () => {
    const { alice, toBob } = two;
    await alice.send(toBob, 'hello');
    expect((await bobAt()).address).toBe('shown');
    await keyChanges();
    await goOn();
    expect((await bobAt()).address).toBe('until-accepted');
    await alice.engine.handle({ type: 'set-direct', contactId: toBob, direct: 'never' });
    newBob.stop();
    newBob = await new Person('Bob', two.server.url).begin();
    await keyChanges();
    await goOn();
    expect((await bobAt()).address).toBe('hidden');
  });

  it('gets no answer to its knocking before one has decided, and neither does the one before', async () => {
    const { alice, bob, server, toAlice } = two;
    server.relay = { urls: ['turn:relay.example:3478'], username: 'u', credential: 'c', ttl: 600 };
    let knocks = 0;
    server.liveFate = (put) => {
      knocks++;
      return [put];
    };
    await alice.engine.handle({ type: 'change-settings', change: { direct: 'everybody' } });
    const newToAlice = await keyChanges();
    /** Looks at the conversation until a knock has gone, and what was written after it has arrived. */
    const knock = async (person: Person, contactId: string) => {
      const before = knocks;
      person.makePeer = ({ signal }) => {
        queueMicrotask(() => signal({ kind: 'offer', sdp: 'v=0\r\n' }));
        return silentPeer as unknown as Peer;
      };
      const stop = person.engine.watch({ topic: 'conversation', contactId, limit: 1 }, () => {});
      await expect.poll(() => knocks).toBeGreaterThan(before);
      await person.send(contactId, 'is somebody there?');
      await person.conversation(contactId, (m) => m.at(-1)?.delivery?.state === 'delivered');
      stop();
    };
    await knock(newBob, newToAlice);
    await knock(bob, toAlice);
    expect(alice.peers).toEqual([]);
    await goOn();
    await knock(newBob, newToAlice);
    await expect.poll(() => alice.peers).toEqual(['any']);
  });

  it('that an earlier version put in the place of the old one is still to be decided about', async () => {
    const { alice, bob, toBob, toAlice } = two;
    alice.stop();
    await changeRows(alice.database, ['contacts'], async (tx) => {
      const row = await tx.get('contacts', toBob);
      if (row === undefined) throw new Error('Bob is not there.');
      tx.put('contacts', toBob, { ...row, name: 'Robert', changed: { at: 7, name: 'Bob' } });
    });
    alice.renew();
    await alice.engine.start();
    const isUndecided = async () => {
      expect(await bobAt()).toMatchObject({ name: 'Bob', trust: { state: 'changed', wasCompared: false } });
      await expect(alice.send(toBob, 'too early')).rejects.toMatchObject({ code: 'key-changed' });
    };
    await isUndecided();
    // The same key once more, in a new session, decides nothing.
    await bob.accept(await inviteAgain());
    await alice.app(({ invites }) => invites.length === 0);
    await isUndecided();
    const { safety } = await bobAt();
    const keepOld = { type: 'refuse-key', contactId: toBob, digits: safety.digits } as const;
    await expect(alice.engine.handle(keepOld)).rejects.toMatchObject({ code: 'old-key-gone' });
    await isUndecided();
    await goOn();
    await alice.restart();
    expect((await bobAt()).trust.state).not.toBe('changed');
    await alice.send(toBob, 'go on');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'go on');
  });

  it('is not the one that an invite is said to be from while it is undecided', async () => {
    const { alice, toBob } = two;
    await keyChanges();
    const read = async (who: Person) => {
      const link = await who.invite();
      return (await alice.engine.handle({ type: 'read-invite', text: link })).from;
    };
    expect([await read(newBob), await read(two.bob)]).toEqual([undefined, toBob]);
    await goOn();
    expect([await read(newBob), await read(two.bob)]).toEqual([toBob, undefined]);
  });

  it('is told by a notification of its own where nobody looks', async () => {
    await keyChanges();
    expect(two.alice.news.at(-1)).toMatchObject({ about: 'key-changed', tag: two.toBob, name: 'Bob' });
  });

  it('is told of by no notification any more once the person has decided, or the known key came back', async () => {
    const { alice, bob, toBob } = two;
    await keyChanges();
    expect(alice.dismissed).toEqual([]);
    const { safety } = await bobAt();
    await alice.engine.handle({ type: 'refuse-key', contactId: toBob, digits: safety.digits });
    expect(alice.dismissed).toEqual([toBob]);
    newBob.stop();
    newBob = await new Person('Bob', two.server.url).begin();
    await keyChanges();
    await bob.accept(await inviteAgain());
    await alice.contact(withTrust('introduced'));
    await expect.poll(() => alice.dismissed).toEqual([toBob, toBob]);
    await expect.poll(() => alice.news.at(-1)).toMatchObject({ about: 'accepted', tag: toBob });
    newBob.stop();
    newBob = await new Person('Bob', two.server.url).begin();
    await keyChanges();
    await goOn();
    expect(alice.dismissed).toEqual([toBob, toBob, toBob]);
    // A comparison that decides nothing takes nothing back.
    await compare();
    expect(alice.dismissed).toHaveLength(3);
  });

  it.each([
    ['the disk was full at that moment', () => two.alice.app(() => true)],
    ['the browser was killed in that moment', () => two.alice.restart()],
  ])('goes with whoever brought it once the known key came, also where %s', async (_what, happens) => {
    await two.end();
    const clock = new SkipClock();
    two = await twoContacts(clock);
    const { alice, bob, toBob } = two;
    newBob.stop();
    newBob = await new Person('Bob', two.server.url).begin();
    await keyChanges();
    const link = await inviteAgain();
    const states = async () => (await rowsOf(alice, 'invites')).map(({ state }) => state);
    await expect.poll(states).toContain('placed');
    await clock.pass(1000);
    const disks = new FullDisks();
    try {
      // That who claimed to be the contact goes is what the disk does not take.
      disks.fill(alice.database, 1, 0, 'contacts');
      await bob.accept(link);
      await clock.skipUntil(() => disks.left(alice.database) === 0, 10);
      expect((await bobAt()).trust.state).toBe('changed');
    } finally {
      disks.end();
    }
    await happens();
    await clock.pass(60_000);
    expect((await bobAt()).trust.state).toBe('introduced');
    expect(alice.dismissed).toEqual([toBob]);
  });

  it('is what notifications tell of until the person has decided, whatever its owner writes', async () => {
    const { alice, toBob } = two;
    const toAlice = await keyChanges();
    const before = alice.news.length;
    await newBob.send(toAlice, 'It is only me.');
    await expect.poll(() => alice.news.length).toBeGreaterThan(before);
    expect(alice.news.at(-1)).toMatchObject({ about: 'key-changed', tag: toBob, name: 'Bob' });
    await goOn();
    await newBob.send(toAlice, 'Thank you.');
    await expect.poll(() => alice.news.at(-1)).toMatchObject({ about: 'message', tag: toBob, count: 2 });
  });
});

it('a comparison counts for the identity that was compared, and for no other', () => {
  const [mine, other] = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
  const known = (identity: Uint8Array) =>
    trustView(
      { row: { peer: mine, compared: { at: 7, how: 'scan', identity } } } as unknown as Contact,
      undefined,
    );
  expect(known(mine)).toEqual({ state: 'compared', at: 7, how: 'scan' });
  expect(known(other)).toEqual({ state: 'introduced' });
});
