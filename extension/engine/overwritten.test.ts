import { wipeWithin } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeRecord, RecordReader } from './backup/records.ts';
import type { Peer } from './connections/peer.ts';
import type { LocalSignal } from './connections/signals.ts';
import type { Rows } from './storage/rows.ts';
import { backUp, restore } from './testing/back-up.ts';
import { Buffers } from './testing/buffers.ts';
import type { Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows, rowsOf } from './testing/rows.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';
import { wordsKindOf } from './testing/words-kind.ts';

/** What SPEC 2.6 says of the engine's own buffers: rows and texts in the clear are overwritten once they are used. */
let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;
let buffers: Buffers;

beforeEach(async () => {
  two = await twoContacts();
  ({ server, alice, bob, toAlice, toBob } = two);
  buffers = new Buffers();
});

afterEach(() => two.end());

const PASSPHRASE = 'orbit velvet canyon';
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Of a session as it is stored: peer, associated data and keys, in a row as nowhere else. */
const beginOf = ({ state }: Rows['sessions']): Uint8Array => state.slice(0, 330);

describe('what an engine overwrites', () => {
  it('is shown by what it leaves', async () => {
    const text = utf8('a text that nobody else reads');
    const left = await buffers.during(async () => new Uint8Array(text));
    expect(buffers.holding(text)).toBe(1);
    left.fill(0);
    expect(buffers.holding(text)).toBe(0);
  });

  it('is each session that it stores, and each text that it seals, opens and keeps', async () => {
    const text = 'a text that nobody else reads';
    await buffers.during(async () => {
      await alice.send(toBob, text);
      await bob.conversation(toAlice, (m) => m.length === 1);
      await bob.send(toAlice, 'heard');
      await alice.conversation(toBob, (m) => m.length === 2 && m[0]?.delivery?.state === 'delivered');
      await Promise.all([alice.engine.stop(), bob.engine.stop()]);
    });
    for (const person of [alice, bob]) {
      const [session] = await rowsOf(person, 'sessions');
      expect(buffers.holding(beginOf(session as Rows['sessions']))).toBe(0);
    }
    // The end of a content, and the middle of a message's row.
    expect(buffers.holding(utf8(`"text":"${text}"`))).toBe(0);
  });

  it('is a session, and who one is, as they come from the disk', async () => {
    await buffers.during(async () => {
      await alice.restart();
      await alice.engine.handle({ type: 'change-settings', change: { name: 'Alicia' } });
    });
    await alice.engine.stop();
    const [session] = await rowsOf(alice, 'sessions');
    const [me] = await rowsOf(alice, 'profile');
    expect(buffers.holding(beginOf(session as Rows['sessions']))).toBe(0);
    // With the byte of its version, which is in no key.
    expect(buffers.holding((me as Rows['profile']).identity.slice(0, 40))).toBe(0);
  });

  it('is the one-time keys of an invite, once it is used or taken back', async () => {
    const openInvite = async () =>
      (await rowsOf(alice, 'invites')).find(({ state }) => state !== 'spent') as Rows['invites'];
    const link = await buffers.during(() => alice.invite());
    const used = await openInvite();
    await buffers.during(async () => {
      await new Person('Carol', server.url).begin().then((carol) => carol.accept(link));
      await alice.contact(({ name }) => name === 'Carol');
      await alice.invite();
    });
    const taken = await openInvite();
    await buffers.during(async () => {
      const { invites } = await alice.app(({ invites }) => invites.length === 1);
      await alice.engine.handle({ type: 'withdraw-invite', inviteId: invites[0]?.id as string });
    });
    // Which is how the handshake's first content begins to say who came.
    expect(buffers.holding(utf8('"name":"Carol"'))).toBe(0);
    for (const { keys } of [used, taken]) {
      expect(buffers.holding(keys.slice(33, 65))).toBe(0);
      expect(buffers.holding(keys.slice(65, 665))).toBe(0);
    }
  });

  it('is the one-time keys of a way back, once they were answered', async () => {
    const copy = await bob.copy();
    await alice.send(toBob, 'one');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await bob.send(toAlice, 'two');
    await alice.conversation(toBob, (m) => m.length === 2 && m[1]?.delivery === undefined);
    await alice.send(toBob, 'three');
    await alice.engine.stop();
    let keys = Buffer.alloc(0);
    await buffers.during(async () => {
      await bob.goBackTo(copy);
      await expect
        .poll(async () => {
          const [contact] = await rowsOf(bob, 'contacts');
          const read = contact?.recovery.mine?.keys;
          // A copy that is not looked at, and none else of this test's own.
          if (read !== undefined) keys = Buffer.from(read);
          return read?.fill(0);
        })
        .toBeDefined();
    });
    await buffers.during(async () => {
      alice.renew();
      await alice.engine.start();
      await bob.conversation(toAlice, (m) => m.some(({ text }) => text === 'three'));
      await bob.send(toAlice, 'back again');
      await alice.conversation(toBob, (m) => m.at(-1)?.text === 'back again');
    });
    // With which her answer begins.
    expect(buffers.holding(utf8('"name":"Alice","first":true'))).toBe(0);
    expect(keys.length).toBe(3653);
    expect(buffers.holding(keys.subarray(5, 37))).toBe(0);
    expect(buffers.holding(keys.subarray(37, 637))).toBe(0);
  });

  it('is a text that comes late, in the session before', async () => {
    await alice.send(toBob, 'one');
    await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'delivered');
    const copy = await alice.copy();
    const late: Put[] = [];
    server.fate = (put) => {
      late.push(put);
      return [];
    };
    await alice.send(toBob, 'a text that comes late');
    await alice.conversation(toBob, (m) => m[1]?.delivery?.state === 'sent');
    server.fate = (put) => [put];
    await alice.goBackTo(copy);
    const [first] = late as [Put];
    // Noise makes him ask.
    server.deliver({ ...first, envelope: crypto.getRandomValues(new Uint8Array(4161)).with(0, 1) });
    const generations = async (person: Person) =>
      (await rowsOf(person, 'contacts')).map(({ recovery }) => recovery.ways[0]?.generation);
    await expect.poll(() => Promise.all([alice, bob].map(generations))).toEqual([[1], [1]]);
    await buffers.during(async () => {
      server.deliver(first);
      await bob.conversation(toAlice, (m) => m.length === 2);
    });
    expect(buffers.holding(utf8('"text":"a text that comes late"'))).toBe(0);
  });

  it('is the keys of an exchange by words, on either side', async () => {
    const proofs: Put[] = [];
    server.fate = (put) => {
      if (wordsKindOf(put.envelope) !== 'proof') return [put];
      proofs.push(put);
      return [];
    };
    let keys: Buffer[] = [];
    await buffers.during(async () => {
      const accepting = bob.acceptWords(await alice.words());
      await expect.poll(() => proofs.length).toBe(1);
      const [row] = await rowsOf(alice, 'spoken');
      if (row?.step.at !== 'guessed') throw new Error(`nobody has guessed: ${row?.step.at}`);
      keys = [Buffer.from(row.step.proof), Buffer.from(row.step.seal)];
      wipeWithin(row);
      server.fate = (put) => [put];
      for (const proof of proofs) server.deliver(proof);
      await accepting;
      await alice.app(({ spoken }) => spoken === undefined);
    });
    expect(keys.map((key) => buffers.holding(key))).toEqual([0, 0]);
  });

  it('is the addresses that the two tell each other to connect', async () => {
    const sdp = 'v=0\r\nc=IN IP4 192.0.2.77\r\n';
    const heard: string[] = [];
    const peer = (told: (signal: LocalSignal) => void = () => {}) =>
      ({
        isOpen: false,
        hasRemote: false,
        repeat() {},
        close() {},
        async accept(signal: LocalSignal) {
          told(signal);
          return 'taken';
        },
      }) as unknown as Peer;
    alice.makePeer = ({ signal }) => {
      queueMicrotask(() => signal({ kind: 'offer', sdp }));
      return peer();
    };
    bob.makePeer = () => peer((signal) => signal.kind === 'offer' && heard.push(signal.sdp));
    server.relay = { urls: ['turn:relay.example:3478'], username: 'u', credential: 'c', ttl: 600 };
    server.liveFate = (put) => [put];
    const stop = await buffers.during(async () => {
      const stop = alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 10 }, () => {});
      await expect.poll(() => heard).toContain(sdp);
      return stop;
    });
    stop();
    expect(buffers.holding(utf8('192.0.2.77'))).toBe(0);
  });

  it('is every row that a back-up is made of, and that one is restored from', async () => {
    await alice.send(toBob, 'in the back-up');
    await bob.conversation(toAlice, (m) => m.length === 1);
    const file = await buffers.during(() => backUp(alice, PASSPHRASE));
    const again = new Person('Alice', server.url);
    await buffers.during(async () => {
      await again.engine.start();
      await restore(again, file, PASSPHRASE);
      await again.engine.stop();
    });
    await alice.engine.stop();
    const [session] = await rowsOf(alice, 'sessions');
    const [me] = await rowsOf(alice, 'profile');
    const [contact] = await rowsOf(alice, 'contacts');
    expect(buffers.holding(beginOf(session as Rows['sessions']))).toBe(0);
    expect(buffers.holding((me as Rows['profile']).identity.slice(0, 40))).toBe(0);
    expect(buffers.holding((contact as Rows['contacts']).recovery.ways[0]?.secret as Uint8Array)).toBe(0);
    expect(buffers.holding(utf8('"text":"in the back-up"'))).toBe(0);
  });

  it('is every row of a back-up that is refused', async () => {
    await changeRows(alice.database, ['profile'], async (tx) => {
      for (const { key, row } of await tx.list('profile'))
        tx.put('profile', key, { ...row, identity: row.identity.with(0, 99) });
    });
    const file = await backUp(alice, PASSPHRASE);
    const again = new Person('Alice', server.url);
    await again.engine.start();
    await buffers.during(async () => {
      await expect(restore(again, file, PASSPHRASE)).rejects.toMatchObject({ code: 'backup-newer' });
    });
    await again.engine.stop();
    const [contact] = await rowsOf(alice, 'contacts');
    expect(buffers.holding((contact as Rows['contacts']).recovery.ways[0]?.secret as Uint8Array)).toBe(0);
  });

  it('is a record of a back-up that comes in two parts, or is given up in its middle', async () => {
    const record = encodeRecord({ table: 'drafts', key: 'k', row: { text: 'half a letter' } });
    const begun = record.subarray(0, -6);
    await buffers.during(async () => {
      const reader = new RecordReader();
      expect(reader.push(begun)).toEqual([]);
      expect(reader.push(record.subarray(-6))).toHaveLength(1);
      const givenUp = new RecordReader();
      givenUp.push(begun);
      givenUp.close();
    });
    expect(buffers.holding(utf8('half a l'))).toBe(0);
  });
});
