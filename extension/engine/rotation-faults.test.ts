/** What may befall a contact's mailboxes while one takes the place of another: refusals, copies, moves, stops. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../bridge/types/snapshots.ts';
import { backUp, restore } from './testing/back-up.ts';
import { FullDisks, taken } from './testing/full-disks.ts';
import { HostileServer, type Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Behind this every mailbox has had its turn. */
const TURN = 61 * DAY;
/** Each reads one mailbox for the other, and one to come back by. */
const SETTLED = 4;

let clock: SkipClock;
let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
  ({ server, alice, bob, toAlice, toBob } = two);
  await talk('one');
  await until(() => server.read.length === SETTLED);
});

afterEach(() => two.end());

/** Both say it, and each hears it, however much time that takes. */
async function talk(text: string, step = MINUTE): Promise<void> {
  await alice.send(toBob, `${text}, says Alice`);
  await bob.send(toAlice, `${text}, says Bob`);
  const has = (said: string) => (m: readonly MessageView[]) => m.some((one) => one.text === said);
  const heard = [
    bob.conversation(toAlice, has(`${text}, says Alice`)),
    alice.conversation(toBob, has(`${text}, says Bob`)),
  ];
  await clock.skipDuring(Promise.all(heard), step);
}

const until = (condition: () => boolean, step = 11 * MINUTE) => clock.skipUntil(condition, step);

/** How many mailboxes somebody reads for their one contact, as their disk says. */
async function readBy(person: Person): Promise<number | undefined> {
  const [contact] = await rowsOf(person, 'contacts');
  return contact?.read.length;
}

/** Moves time on until somebody reads so many. */
async function untilReads(person: Person, count: number): Promise<void> {
  await clock.skipUntil(async () => (await readBy(person)) === count, 11 * MINUTE);
}

/** Both read another mailbox than before, and have left that one. */
async function turn(): Promise<void> {
  const before = new Set(server.read);
  await clock.pass(TURN);
  await until(() => server.read.filter((mailbox) => !before.has(mailbox)).length === 2, MINUTE);
  await talk('turning');
  await until(() => server.read.length === SETTLED);
}

describe('a server that refuses the fresh mailbox', () => {
  it('leaves the present one as it is, says nothing of a pass, and is asked again later', async () => {
    const known = new Set(server.read);
    server.refuseOpening = (mailbox) => (known.has(mailbox) ? undefined : 'pass-needed');
    await clock.pass(TURN);
    await talk('meanwhile');
    await clock.pass(DAY);
    await talk('a day later');
    expect((await alice.app(() => true)).server).toEqual({ state: 'online' });
    expect(new Set(server.read)).toEqual(known);
    server.refuseOpening = () => undefined;
    await until(() => server.read.filter((mailbox) => !known.has(mailbox)).length === 2, HOUR);
    await talk('through fresh ones');
    await until(() => server.read.length === SETTLED);
  });
});

describe('a stop', () => {
  /** What goes through after it, and that in the end one mailbox is read where there were two. */
  async function goesOn(before: ReadonlySet<string>): Promise<void> {
    await talk('after the stop');
    const fresh = () => server.read.filter((mailbox) => !before.has(mailbox)).length;
    await until(() => server.read.length === SETTLED && fresh() === 2);
    await talk('for good');
  }

  it('before the fresh mailbox is open leaves the present one, and the fresh one comes', async () => {
    const known = new Set(server.read);
    server.refuseOpening = (mailbox) => (known.has(mailbox) ? undefined : 'server-busy');
    await clock.pass(TURN);
    await talk('before the stop');
    await Promise.all([alice.restart(), bob.restart()]);
    await talk('in between');
    expect(new Set(server.read)).toEqual(known);
    server.refuseOpening = () => undefined;
    await goesOn(known);
  });

  it('before anybody hears of the fresh mailbox loses nothing that comes to the present one', async () => {
    const known = new Set(server.read);
    const from = server.puts.length;
    const kept: Put[] = [];
    server.fate = (put) => {
      kept.push(put);
      return [];
    };
    await clock.pass(TURN);
    await until(() => server.read.length === SETTLED + 2 && server.puts.length >= from + 2, MINUTE);
    await Promise.all([alice.restart(), bob.restart()]);
    await until(() => server.read.length === SETTLED + 2, 1);
    server.fate = (put) => [put];
    for (const put of kept) server.deliver(put);
    await goesOn(known);
  });
});

describe('several contacts whose turn came while the browser was closed', () => {
  it('get their fresh mailboxes at different hours', async () => {
    const others: Person[] = [];
    for (const name of ['Carol', 'Dave']) {
      const person = await new Person(name, server.url, clock).begin();
      others.push(person);
      const atThem = await person.accept(await alice.invite());
      const { id } = await alice.contact((contact) => contact.name === name);
      await alice.send(id, 'hello');
      await person.conversation(atThem, (m) => m.length === 1);
      await person.send(atThem, 'hello Alice');
      await alice.conversation(id, (m) => m.length === 2);
    }
    await until(() => server.read.length === 3 * SETTLED);
    for (const person of [alice, bob, ...others]) await person.engine.stop();
    await until(() => server.read.length === 0, 1);
    await clock.pass(TURN);
    await alice.restart();
    await until(() => server.read.length === 7, 1);
    for (const fresh of [2, 3]) {
      await clock.pass(HOUR);
      await until(() => server.read.length === 6 + fresh, 1);
    }
    for (const person of others) person.stop();
  });
});

describe('somebody who knows only mailboxes that were left', () => {
  it('comes back by the other one, after a back-up was restored', async () => {
    const file = await backUp(bob, 'correct horse battery');
    await turn();
    bob.stop();
    bob = new Person('Bob', server.url, clock);
    await bob.engine.start();
    await restore(bob, file, 'correct horse battery');
    await talk('back');
  });

  it('comes back by the other one, after the disk was put back', async () => {
    const copy = await bob.copy();
    await turn();
    await bob.goBackTo(copy);
    await talk('back', HOUR);
  });
});

describe('who moves to another server', () => {
  let other: HostileServer;
  beforeEach(async () => {
    other = await HostileServer.start();
  });
  afterEach(() => other.stop());
  const move = (person: Person, { url }: HostileServer) =>
    person.engine.handle({ type: 'change-settings', change: { server: url } });

  it('and back, before the contact has agreed, is asked about no more', async () => {
    await move(alice, other);
    await bob.contact(({ moveTo }) => moveTo !== undefined);
    await move(alice, server);
    await bob.contact(({ moveTo }) => moveTo === undefined);
    await talk('home again');
    await until(() => server.read.length === SETTLED && other.read.length === 0);
  });

  it('reads at the old one what comes there late, and leaves it when it is empty', async () => {
    const kept: Put[] = [];
    server.fate = (put) => {
      kept.push(put);
      return [];
    };
    await bob.send(toAlice, 'held up');
    await bob.send(toAlice, 'held up for longer');
    await expect.poll(() => kept.length).toBe(2);
    server.fate = (put) => [put];
    const [first, second] = kept as [Put, Put];
    await move(alice, other);
    await bob.contact(({ moveTo }) => moveTo !== undefined);
    await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
    // Nothing of his tells that there is more: his receipt is what she hears first through the new one.
    await expect.poll(() => other.puts.length).toBeGreaterThan(0);
    await clock.pass(9 * MINUTE);
    server.deliver(first);
    await expect.poll(() => server.keeps(first.mailbox, first.envelope)).toBe(false);
    await alice.engine.stop();
    server.deliver(second);
    await clock.pass(2 * MINUTE);
    await alice.restart();
    await expect.poll(() => server.keeps(second.mailbox, second.envelope)).toBe(false);
    await until(() => !server.read.includes(first.mailbox), HOUR);
    await talk('at the new one');
  });

  it('leaves the one before after a month where its server is gone', async () => {
    const third = await HostileServer.start();
    try {
      await move(alice, other);
      await bob.contact(({ moveTo }) => moveTo !== undefined);
      await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
      await talk('at the other');
      await untilReads(alice, 1);
      await move(alice, third);
      await bob.contact(({ moveTo }) => moveTo !== undefined);
      await other.stop();
      await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: third.url });
      await talk('at the third');
      await untilReads(alice, 2);
      for (let day = 0; day < 28; day++) await clock.pass(DAY);
      await talk('most of a month later');
      expect(await readBy(alice)).toBe(2);
      for (let day = 0; day < 2; day++) await clock.pass(DAY);
      await untilReads(alice, 1);
    } finally {
      await third.stop();
    }
  });

  it('again and again, while the contact hears nothing of it, reads eight mailboxes at most', async () => {
    server.fate = () => [];
    for (let count = 1; count <= 8; count++) {
      await expect.poll(() => readBy(alice), { timeout: 10_000 }).toBe(count);
      await move(alice, count % 2 === 1 ? other : server);
    }
    await move(alice, other);
    await move(alice, server);
    await alice.send(toBob, 'still here');
    await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'sent');
    expect(await readBy(alice)).toBe(8);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'with a disk that does not take one thing, after %i others, gets there',
    async (behind) => {
      const disks = new FullDisks();
      try {
        disks.fill(alice.database, 1, behind);
        while (!(await taken(move(alice, other))));
        await clock.skipDuring(
          bob.contact(({ moveTo }) => moveTo !== undefined),
          MINUTE,
        );
        await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
        await until(() => server.read.length === SETTLED - 1 && other.read.length === 1, MINUTE);
        expect(disks.left(alice.database)).toBe(0);
      } finally {
        disks.end();
      }
    },
  );

  it('at the same time as the contact loses nothing', async () => {
    const third = await HostileServer.start();
    try {
      await Promise.all([move(alice, other), move(bob, third)]);
      await talk('on the way');
      await bob.contact(({ moveTo }) => moveTo !== undefined);
      await alice.contact(({ moveTo }) => moveTo !== undefined);
      await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
      await alice.engine.handle({ type: 'allow-server', contactId: toBob, server: third.url });
      await talk('both there');
      await until(() => server.read.length === SETTLED - 2);
    } finally {
      await third.stop();
    }
  });
});
