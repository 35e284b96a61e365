/** A disk that is full at any one moment of what two people do: nothing is lost, and all goes on by itself. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../bridge/types/snapshots.ts';
import { FullDisks, taken } from './testing/full-disks.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { checkDone, checkPlaces, comeToRest, lyingAt, told } from './testing/rest.ts';
import { SkipClock } from './testing/skip-clock.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Behind this every mailbox has had its turn. */
const TURN = 61 * DAY;

/** Everyday's moments are each third; every one of them: `ASIDE_FULL_DISK_EVERY=1`, with vitest as for every test. */
const every = Number(process.env.ASIDE_FULL_DISK_EVERY ?? 3);

let clock: SkipClock;
let server: HostileServer;
let alice: Person;
let bob: Person;
let disks: FullDisks;

/** Until the disk takes it, as somebody would who is told that there is no room. */
async function surely(work: () => Promise<unknown>): Promise<void> {
  while (!(await taken(work())));
}

const soon = <R>(work: Promise<R>) => clock.skipDuring(work, 5000);

const texts = (messages: readonly MessageView[]) => messages.map(({ text }) => text);
const isDelivered = (m: readonly MessageView[]) =>
  m.every(({ delivery }) => (delivery?.state ?? 'delivered') === 'delivered');

/** What two people do, from the invite to another mailbox of each. Resolves with what they wrote. */
async function live(): Promise<string[]> {
  const said: string[] = [];
  const say = async (person: Person, contactId: string, text: string) => {
    await surely(() => person.send(contactId, text));
    said.push(text);
  };
  await surely(() => alice.engine.handle({ type: 'create-invite' }));
  const { invites } = await soon(alice.app((s) => s.invites.some(({ state }) => state === 'open')));
  const link = invites.find(({ state }) => state === 'open')?.link as string;
  let toAlice = '';
  await surely(async () => {
    toAlice = await bob.accept(link);
  });
  await say(bob, toAlice, 'Bob 1');
  const { id: toBob } = await soon(alice.contact());
  await soon(alice.conversation(toBob, (m) => m.length === 1));
  const talk = async (round: string) => {
    for (const n of [1, 2]) {
      await say(alice, toBob, `Alice ${round} ${n}`);
      await soon(bob.conversation(toAlice, (m) => texts(m).includes(`Alice ${round} ${n}`)));
      await say(bob, toAlice, `Bob ${round} ${n}`);
      await soon(alice.conversation(toBob, (m) => texts(m).includes(`Bob ${round} ${n}`)));
    }
    for (const [person, contactId] of [
      [alice, toBob],
      [bob, toAlice],
    ] as const) {
      const messages = await person.conversation(contactId, () => true);
      const messageId = messages.at(-1)?.id as string;
      await surely(() => person.engine.handle({ type: 'mark-read', contactId, messageId }));
    }
  };
  await talk('first');
  const before = new Set(server.read);
  await clock.pass(TURN);
  await clock.skipUntil(() => server.read.filter((mailbox) => !before.has(mailbox)).length === 2, MINUTE);
  await talk('second');
  return said;
}

async function begin(): Promise<void> {
  disks = new FullDisks();
  clock = new SkipClock();
  server = await HostileServer.start();
  // Nothing goes again for having expired.
  server.retention = (14 * DAY) / 1000;
  alice = await new Person('Alice', server.url, clock).begin();
  bob = await new Person('Bob', server.url, clock).begin();
}

async function end(): Promise<void> {
  disks.end();
  await Promise.all([alice.engine.stop(), bob.engine.stop()]);
  await server.stop();
}

afterEach(end);

/** That all of it arrived once and is seen to have, soon. */
async function checkArrived(said: readonly string[]): Promise<void> {
  const all = [alice, bob].map(async (person) => {
    const { id } = await person.contact(({ unread }) => unread === 0);
    await person.conversation(id, (m) => m.length >= said.length && isDelivered(m));
    await person.app(({ invites }) => invites.length === 0);
    return texts(await person.conversation(id, () => true));
  });
  const since = clock.now();
  for (const seen of await soon(Promise.all(all))) expect(seen).toEqual(said);
  expect(clock.now() - since).toBeLessThan(10 * MINUTE);
}

/** That a restart finds what was shown, and nothing of it is left lying. */
async function checkRest(): Promise<void> {
  await comeToRest({ moved: () => server.puts.length, pass: (time) => clock.pass(time) });
  for (const person of [alice, bob]) {
    const before = await told(person);
    await person.engine.stop();
    for (const lying of await lyingAt(person)) {
      checkDone(lying, person.name);
      checkPlaces(lying, person.name);
    }
    person.renew();
    await person.engine.start();
    expect(await told(person)).toEqual(before);
  }
}

describe.each(['Alice', 'Bob'] as const)('a disk of %s’s that does not take one thing', (name) => {
  it('whatever that is, makes them lose nothing and see nothing twice', { timeout: 240_000 }, async () => {
    for (let behind = 1; ; behind += every) {
      await begin();
      const { database } = name === 'Alice' ? alice : bob;
      disks.fill(database, 1, behind);
      try {
        await checkArrived(await live());
        // What is only noted is tried again after a minute.
        await clock.pass(2 * MINUTE);
        if (disks.left(database) > 0) return;
        await checkRest();
      } catch (error) {
        throw new Error(`behind ${behind} others`, { cause: error });
      }
      await end();
    }
  });
});
