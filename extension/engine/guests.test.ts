/** Guests of servers that ask for a pass: which pass opens what, where a guest reads, and what is left when it is over. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from './encoding.ts';
import type { ContactRow } from './storage/rows.ts';
import { backUp, restore } from './testing/back-up.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Behind this every mailbox has had its turn. */
const TURN = 61 * DAY;
const PASS = 'the-pass-of-members';

/** A server that opens unknown mailboxes by a pass only, and remembers by which. */
class AskingServer {
  readonly server: HostileServer;
  /** By mailbox, the pass that opened it first. */
  readonly opened = new Map<string, string>();
  /** Guest passes in the order in which they were made. */
  readonly minted: string[] = [];
  /** Every pass that was shown, in order. */
  readonly shown: string[] = [];
  refused = 0;
  guestsAreOver = false;

  private constructor(server: HostileServer) {
    this.server = server;
    const own = toHex(new TextEncoder().encode(PASS));
    server.mint = () => {
      const pass = crypto.getRandomValues(new Uint8Array(20));
      this.minted.push(toHex(pass));
      return pass;
    };
    server.refuseOpening = (mailbox, pass) => {
      const shown = pass === undefined ? 'none' : toHex(pass);
      this.shown.push(shown);
      if (this.opened.has(mailbox)) return undefined;
      if (shown !== own && (this.guestsAreOver || !this.minted.includes(shown))) {
        this.refused++;
        return 'pass-needed';
      }
      this.opened.set(mailbox, shown);
      return undefined;
    };
  }

  static async start(): Promise<AskingServer> {
    return new AskingServer(await HostileServer.start());
  }

  get url(): string {
    return this.server.url;
  }

  get withPass(): string {
    return `${this.url}/#pass=${PASS}`;
  }

  /** How many mailboxes each guest pass opened. */
  get opens(): number[] {
    return this.minted.map((pass) => [...this.opened.values()].filter((by) => by === pass).length);
  }
}

let clock: SkipClock;
let asking: AskingServer;
const everybody: Person[] = [];
const servers: HostileServer[] = [];

async function person(name: string, address: string): Promise<Person> {
  const made = await new Person(name, address, clock).begin();
  everybody.push(made);
  return made;
}

async function anotherAsking(): Promise<AskingServer> {
  const made = await AskingServer.start();
  servers.push(made.server);
  return made;
}

/** The guest accepts, and each hears the other. */
async function meet(guest: Person, member: Person): Promise<string> {
  const contactId = await guest.accept(await member.invite());
  await guest.contact(({ id, stage }) => id === contactId && stage === 'ready');
  await talk(guest, contactId, member, `hello ${member.name}`);
  return contactId;
}

/** Each says it, and the other reads it, however much time that takes. */
async function talk(guest: Person, contactId: string, member: Person, text: string): Promise<void> {
  const { id } = await member.contact(({ name }) => name === guest.name);
  const both = async () => {
    await guest.send(contactId, `${text}, says ${guest.name}`);
    await member.conversation(id, (m) => m.some((one) => one.text === `${text}, says ${guest.name}`));
    await member.send(id, `${text}, says ${member.name}`);
    await guest.conversation(contactId, (m) => m.some((one) => one.text === `${text}, says ${member.name}`));
  };
  await clock.skipDuring(both(), MINUTE);
}

const until = (condition: () => boolean, step = HOUR) => clock.skipUntil(condition, step);

const isOnline = async (one: Person) => (await one.app(({ server }) => server.state === 'online')).server;

beforeEach(async () => {
  clock = new SkipClock();
  asking = await anotherAsking();
});

afterEach(async () => {
  for (const one of everybody.splice(0)) one.stop();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a newcomer whom two members of a server invited', () => {
  it('opens each one’s mailboxes by that one’s pass, at once, later, and in another browser', async () => {
    const [alice, amy] = [await person('Alice', asking.withPass), await person('Amy', asking.withPass)];
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    const toAmy = await meet(bob, amy);
    // One to read and one to come back by, each.
    expect(asking.opens).toEqual([2, 2]);
    await bob.restart();
    await isOnline(bob);
    clock.skip(TURN);
    await until(() => asking.opens.every((count) => count === 3));
    await talk(bob, toAlice, alice, 'later');
    await talk(bob, toAmy, amy, 'later');
    const file = await backUp(bob, 'a passphrase of Bob’s');
    bob.stop();
    const moved = new Person('Bob', asking.url, clock);
    everybody.push(moved);
    await moved.engine.start();
    await restore(moved, file, 'a passphrase of Bob’s');
    await isOnline(moved);
    clock.skip(TURN);
    await until(() => asking.opens.every((count) => count === 4));
    expect(asking.refused).toBe(0);
    await talk(moved, toAlice, alice, 'from elsewhere');
  });

  it('opens by it what comes next, where an earlier version kept it for the server', async () => {
    const alice = await person('Alice', asking.withPass);
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    const pass = fromHex(asking.minted[0] as string);
    bob.stop();
    await changeRows(bob.database, ['contacts', 'passes'], async (tx) => {
      const { guestPasses: _, ...row } = (await tx.get('contacts', toAlice)) as ContactRow;
      tx.put('contacts', toAlice, row);
      tx.put('passes', 'all', { passes: [{ server: asking.url, pass, from: 'guest' }] });
    });
    bob.renew();
    await bob.engine.start();
    await isOnline(bob);
    clock.skip(TURN);
    await until(() => asking.opens[0] === 3);
    await talk(bob, toAlice, alice, 'later');
  });

  it('asks for the relay without the pass of whom they talk to, which is good for mailboxes alone', async () => {
    const alice = await person('Alice', asking.withPass);
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    const before = asking.server.relayPasses.length;
    const stop = bob.engine.watch({ topic: 'conversation', contactId: toAlice, limit: 10 }, () => {});
    await until(() => asking.server.relayPasses.length > before, MINUTE);
    expect(asking.server.relayPasses.slice(before)).toEqual([undefined]);
    stop();
  });

  it('forgets the pass of whom they remove', async () => {
    const [alice, amy] = [await person('Alice', asking.withPass), await person('Amy', asking.withPass)];
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    const toAmy = await meet(bob, amy);
    await bob.engine.handle({ type: 'remove-contact', contactId: toAlice });
    const from = asking.shown.length;
    await bob.restart();
    await isOnline(bob);
    clock.skip(TURN);
    await until(() => asking.opens[1] === 3);
    await talk(bob, toAmy, amy, 'without Alice');
    expect(asking.shown.slice(from)).not.toContain(asking.minted[0]);
  });

  it('shows a pass of their own first, once they have one', async () => {
    const alice = await person('Alice', asking.withPass);
    const bob = await person('Bob', asking.url);
    await meet(bob, alice);
    await bob.engine.handle({ type: 'change-settings', change: { server: asking.withPass } });
    clock.skip(TURN);
    await until(
      () =>
        [...asking.opened.values()].filter((by) => by === toHex(new TextEncoder().encode(PASS))).length > 5,
    );
    expect(asking.opens).toEqual([2]);
  });
});

describe('a guest of one server whom somebody at another invites', () => {
  it('reads at that one, where they are a guest too, or need not be', async () => {
    const other = await anotherAsking();
    const open = await HostileServer.start();
    servers.push(open);
    const [alice, dora, carl] = [
      await person('Alice', asking.withPass),
      await person('Dora', other.withPass),
      await person('Carl', open.url),
    ];
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    const toDora = await meet(bob, dora);
    const toCarl = await meet(bob, carl);
    expect(other.opens).toEqual([2]);
    clock.skip(TURN);
    await until(() => asking.opens[0] === 3 && other.opens[0] === 3);
    await talk(bob, toAlice, alice, 'later');
    await talk(bob, toDora, dora, 'later');
    await talk(bob, toCarl, carl, 'later');
    expect([asking.refused, other.refused]).toEqual([0, 0]);
    expect(await isOnline(bob)).toEqual({ state: 'online' });
    // With a pass of their own they are at home there, for everybody.
    await bob.engine.handle({ type: 'change-settings', change: { server: asking.withPass } });
    const members = () => [...asking.opened.values()].filter((by) => !asking.minted.includes(by)).length;
    const before = members();
    await until(() => members() >= before + 2, MINUTE);
    await talk(bob, toCarl, carl, 'at home');
  });
});

describe('three words at a server that asks for a pass', () => {
  it('lead nobody without one to anything where their inviter has made no room', async () => {
    const bob = await person('Bob', asking.url);
    asking.server.leadsTo = () => new Uint8Array(32).fill(1);
    await expect(bob.acceptWords([1, 2, 3])).rejects.toMatchObject({ code: 'server-pass-missing' });
    // One of their own, and the one that the inviter would have made.
    expect(asking.refused).toBe(2);
    expect(await isOnline(bob)).toEqual({ state: 'online' });
  });

  it('are not said before there is room for whoever has none', async () => {
    const alice = await person('Alice', asking.withPass);
    const words = await alice.words();
    expect(asking.opened.size).toBe(2);
    expect(asking.server.read).toHaveLength(1);
    const bob = await person('Bob', asking.url);
    const contactId = await bob.acceptWords(words);
    await talk(bob, contactId, alice, 'by words');
    expect(asking.opens).toEqual([2]);
  });

  it('stay those that the server lent where the connection falls before there is room', async () => {
    const alice = await person('Alice', asking.withPass);
    const { refuseOpening } = asking.server;
    let drops = 1;
    asking.server.refuseOpening = (mailbox, pass) => {
      if (asking.opened.size === 1 && !asking.opened.has(mailbox) && drops-- > 0) {
        asking.server.dropAll();
        return 'server-busy';
      }
      return refuseOpening(mailbox, pass);
    };
    const asked = alice.words();
    await clock.skipDuring(asked, 1000);
    expect(drops).toBeLessThanOrEqual(0);
    const bob = await person('Bob', asking.url);
    await clock.skipDuring(bob.acceptWords(await asked), 100);
    await alice.contact(({ name }) => name === 'Bob');
  });
});

describe('a guest whose pass is over', () => {
  it('goes on with what is open and hears of no trouble, until a pass comes', async () => {
    const alice = await person('Alice', asking.withPass);
    const bob = await person('Bob', asking.url);
    const toAlice = await meet(bob, alice);
    asking.guestsAreOver = true;
    clock.skip(TURN);
    await until(() => asking.refused > 0);
    await talk(bob, toAlice, alice, 'meanwhile');
    await bob.restart();
    await isOnline(bob);
    clock.skip(TURN);
    await talk(bob, toAlice, alice, 'months later');
    expect(asking.opens).toEqual([2]);
    expect(await isOnline(bob)).toEqual({ state: 'online' });
    // Whatever is refused then is missed, and said.
    await bob.engine.handle({ type: 'create-invite' });
    const { server } = await bob.app(({ server }) => server.state === 'pass-needed');
    expect(server).toEqual({ state: 'pass-needed', pass: 'missing' });
    await bob.engine.handle({ type: 'change-settings', change: { server: asking.withPass } });
    await bob.app(
      ({ invites, server }) => server.state === 'online' && invites.every(({ state }) => state === 'open'),
    );
    await talk(bob, toAlice, alice, 'with a pass');
  });
});
