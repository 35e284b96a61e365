/**
 * Two engines under whatever may befall them, and a model that knows what each person wrote, what lay on each disk
 * when it was copied, and so what must be on whose screen in the end (invariants 1 and 2, PROTOCOL 5 and 6).
 */

import type { Refusal } from '@aside/signal/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { MessageView } from '../../bridge/types.ts';
import { backUp, restore } from './back-up.ts';
import type { Copy } from './copies.ts';
import { FullDisks, taken } from './full-disks.ts';
import { HostileServer, type Put } from './hostile-server.ts';
import type { Person } from './person.ts';
import { SkipClock } from './skip-clock.ts';
import { type TwoContacts, twoContacts } from './two-contacts.ts';
import { Wire } from './wire.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer than any world lasts. Seconds. */
const KEPT_ALL = 100 * 365 * 24 * 3600;

type Who = 'alice' | 'bob';
type Fate = 'honest' | 'drop' | 'twice' | 'hold' | 'release';

export type Act =
  | { readonly kind: 'say'; readonly by: Who; readonly count: number }
  /** What happens to the envelopes that come next, one after the other; honest behind the last. */
  | { readonly kind: 'fate'; readonly of: readonly Fate[] }
  | { readonly kind: 'restart'; readonly by: Who }
  | { readonly kind: 'copy'; readonly by: Who }
  | { readonly kind: 'back'; readonly by: Who; readonly which: number }
  /** Says something that the disk then forgets, after it has left or not. */
  | { readonly kind: 'lapse'; readonly by: Who; readonly count: number; readonly left: boolean }
  /** Accepts an invite of the other's; both do, at the same moment, or one. */
  | { readonly kind: 'invite'; readonly by: Who; readonly mutual: boolean }
  /** Moves to the other of two servers, or back. */
  | { readonly kind: 'move'; readonly by: Who }
  /** Says yes to the server that the other has moved to. */
  | { readonly kind: 'agree'; readonly by: Who }
  | { readonly kind: 'look'; readonly by: Who; readonly at: boolean }
  | { readonly kind: 'wire'; readonly up: boolean }
  | { readonly kind: 'back-up'; readonly by: Who }
  /** Erases everything and comes back from a back-up file. */
  | { readonly kind: 'restore'; readonly by: Who; readonly which: number }
  /** The disk takes no durable transaction, for so many. */
  | { readonly kind: 'full'; readonly by: Who; readonly times: number }
  /** Servers refuse the next envelopes. */
  | { readonly kind: 'refuse'; readonly reason: Refusal; readonly times: number }
  /** Every socket ends. */
  | { readonly kind: 'cut' }
  /** Locks, and opens again. */
  | { readonly kind: 'lock'; readonly by: Who }
  | { readonly kind: 'skip'; readonly time: number }
  | { readonly kind: 'flow' };

const who = fc.constantFrom<Who>('alice', 'bob');
const fates = fc.constantFrom<Fate>('honest', 'drop', 'twice', 'hold', 'release');
const count = fc.integer({ min: 1, max: 3 });

const everyday: fc.WeightedArbitrary<Act>[] = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), by: who, count }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('fate' as const), of: fc.array(fates, { maxLength: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('copy' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('back' as const), by: who, which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lapse' as const), by: who, count, left: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('agree' as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), by: who, at: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wire' as const), up: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('skip' as const),
      // Behind the last of them every mailbox has had its turn.
      time: fc.constantFrom(3000, MINUTE, HOUR, DAY + HOUR, 61 * DAY),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flow' as const) }) },
];

/** What may befall two who know each other. */
export const acts = fc.array(fc.oneof(...everyday), { minLength: 4, maxLength: 16 });
/** The same, and invites between them. */
export const actsWithInvites = fc.array(
  fc.oneof(...everyday, {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('invite' as const), by: who, mutual: fc.boolean() }),
  }),
  { minLength: 4, maxLength: 16 },
);

/** What befalls people whose disks and servers fail them, and who lock and restore. */
export const actsOfTrouble = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    ...everyday,
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('back-up' as const), by: who }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('restore' as const), by: who, which: fc.nat(9) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('full' as const), by: who, times: count }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('refuse' as const),
        reason: fc.constantFrom<Refusal>('mailbox-full', 'mailbox-unknown', 'server-busy', 'rate'),
        times: count,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lock' as const), by: who }) },
  ),
  { minLength: 6, maxLength: 20 },
);

/** What has to do with where the two read, for worlds in which servers keep everything. */
export const actsOfMoving = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), by: who, count }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('fate' as const), of: fc.array(fates, { maxLength: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: who }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), by: who }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('agree' as const), by: who }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wire' as const), up: fc.boolean() }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('skip' as const),
        time: fc.constantFrom(MINUTE, 11 * MINUTE, HOUR, 61 * DAY),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('flow' as const) }) },
  ),
  { minLength: 8, maxLength: 24 },
);

/** What was written and shown when a copy of a disk or a back-up was made. */
interface Taken<T> {
  readonly of: T;
  readonly mine: readonly string[];
  readonly shown: readonly string[];
}

class Side {
  readonly person: Person;
  /** The other, as this one's contact. */
  readonly contactId: string;
  /** Written by a life that still counts, in that order. */
  mine: readonly string[] = [];
  /** Everything that was ever written, also by lives that do not count any more. */
  readonly ever: string[] = [];
  /** Of the other's, what may be gone because this side was put back behind it. */
  readonly mayLack = new Set<string>();
  readonly copies: Taken<Copy>[] = [];
  readonly backUps: Taken<Uint8Array>[] = [];
  wentBack = false;
  #stopLooking: (() => void) | undefined;

  constructor(person: Person, contactId: string) {
    this.person = person;
    this.contactId = contactId;
  }

  async screen(): Promise<readonly MessageView[]> {
    return this.person.conversation(this.contactId, () => true);
  }

  async shown(from: 'me' | 'them'): Promise<string[]> {
    return (await this.screen()).filter((one) => one.from === from).map(({ text }) => text);
  }

  get isLooking(): boolean {
    return this.#stopLooking !== undefined;
  }

  async settings() {
    return (await this.person.app(() => true)).settings;
  }

  async agree(): Promise<void> {
    const { moveTo } = await this.person.contact(({ id }) => id === this.contactId);
    if (moveTo === undefined) return;
    const { server } = moveTo;
    await taken(this.person.engine.handle({ type: 'allow-server', contactId: this.contactId, server }));
  }

  look(at: boolean): void {
    this.#stopLooking?.();
    this.#stopLooking = at
      ? this.person.engine.watch({ topic: 'conversation', contactId: this.contactId, limit: 50 }, () => {})
      : undefined;
  }
}

export class World {
  readonly #clock: SkipClock;
  readonly #two: TwoContacts;
  readonly #wire = new Wire();
  readonly #disks = new FullDisks();
  readonly #sides: Readonly<Record<Who, Side>>;
  readonly #servers: readonly [HostileServer, HostileServer];
  readonly #held: { readonly at: HostileServer; readonly put: Put }[] = [];
  #fates: Fate[] = [];
  #said = 0;
  /** Whether an invite was made: one that a disk forgot can leave a contact waiting for the next. */
  #invited = false;

  private constructor(clock: SkipClock, two: TwoContacts, other: HostileServer) {
    this.#clock = clock;
    this.#two = two;
    this.#sides = { alice: new Side(two.alice, two.toBob), bob: new Side(two.bob, two.toAlice) };
    for (const { person } of Object.values(this.#sides)) person.makePeer = this.#wire.make;
    this.#servers = [two.server, other];
    this.#decideAll();
    for (const server of this.#servers) server.liveFate = (put) => [put];
  }

  /** Where servers keep everything, no expiry is a sign, and nothing but the mailboxes brings the two together. */
  static async begin(keepsAll = false): Promise<World> {
    const clock = new SkipClock();
    const world = new World(clock, await twoContacts(clock), await HostileServer.start());
    if (!keepsAll) return world;
    for (const server of world.#servers) server.retention = KEPT_ALL;
    // What was opened before was told of another time.
    for (const side of Object.values(world.#sides)) await world.#restart(side);
    return world;
  }

  async end(): Promise<void> {
    this.#disks.end();
    for (const side of Object.values(this.#sides)) side.look(false);
    await this.#two.end();
    await this.#servers[1].stop();
  }

  /** Every envelope that left an engine. */
  *left(): Iterable<Uint8Array> {
    for (const { puts } of this.#servers) for (const { envelope } of puts) yield envelope;
    for (const frame of this.#wire.frames) if (frame[0] === 1) yield frame.subarray(1);
  }

  get anybodyWentBack(): boolean {
    return Object.values(this.#sides).some(({ wentBack }) => wentBack);
  }

  #decideAll(): void {
    for (const server of this.#servers) server.fate = (put) => this.#decide(server, put);
  }

  #release(): void {
    for (const { at, put } of this.#held.splice(0).reverse()) at.deliver(put);
  }

  #decide(at: HostileServer, put: Put): readonly Put[] {
    switch (this.#fates.shift() ?? 'honest') {
      case 'drop':
        return [];
      case 'twice':
        return [put, put];
      case 'hold':
        this.#held.push({ at, put });
        return [];
      case 'release':
        at.deliver(put);
        this.#release();
        return [];
      case 'honest':
        return [put];
    }
  }

  async do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'say':
        return this.#say(this.#sides[act.by], act.count);
      case 'fate':
        this.#fates = [...act.of];
        return;
      case 'restart':
        return this.#restart(this.#sides[act.by]);
      case 'copy':
        await this.#keep(this.#sides[act.by].copies, this.#sides[act.by], (person) => person.copy());
        return;
      case 'back': {
        const side = this.#sides[act.by];
        const taken = side.copies[act.which % Math.max(side.copies.length, 1)];
        if (taken !== undefined) await this.#goBack(side, taken);
        return;
      }
      case 'lapse': {
        const side = this.#sides[act.by];
        const taken = await this.#take(side, () => side.person.copy());
        await this.#say(side, act.count);
        if (act.left) await this.flow();
        await this.#goBack(side, taken);
        return;
      }
      case 'invite':
        return this.#invite(act.by, act.mutual);
      case 'move':
        return this.#move(this.#sides[act.by]);
      case 'agree':
        return this.#sides[act.by].agree();
      case 'look':
        this.#sides[act.by].look(act.at);
        return;
      case 'wire':
        if (act.up) this.#wire.isUp = true;
        else this.#wire.cut();
        return;
      case 'back-up': {
        const side = this.#sides[act.by];
        await this.#keep(side.backUps, side, (person) => backUp(person, PASSPHRASE));
        return;
      }
      case 'restore': {
        const side = this.#sides[act.by];
        const taken = side.backUps[act.which % Math.max(side.backUps.length, 1)];
        if (taken !== undefined) await this.#restore(side, taken);
        return;
      }
      case 'full':
        this.#disks.fill(this.#sides[act.by].person.database, act.times);
        return;
      case 'refuse': {
        let left = act.times;
        for (const server of this.#servers) server.refuse = () => (left-- > 0 ? act.reason : undefined);
        return;
      }
      case 'cut':
        for (const server of this.#servers) server.dropAll();
        return;
      case 'lock':
        return this.#lock(this.#sides[act.by]);
      case 'skip':
        return this.#skip(act.time);
      case 'flow':
        return this.flow();
    }
  }

  async #say(side: Side, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const text = `${side.person.name} ${++this.#said}`;
      // What the disk did not take was not written, and must never be seen.
      if (!(await taken(side.person.send(side.contactId, text)))) continue;
      side.mine = [...side.mine, text];
      side.ever.push(text);
    }
  }

  async #take<T>(side: Side, make: () => Promise<T>): Promise<Taken<T>> {
    // What is on the screen before the copy is made is in it.
    const shown = await side.shown('them');
    return { mine: side.mine, shown, of: await make() };
  }

  /** A copy or a back-up, where the disk lets it be made. */
  async #keep<T>(into: Taken<T>[], side: Side, make: (person: Person) => Promise<T>): Promise<void> {
    await taken(this.#take(side, () => make(side.person)).then((one) => into.push(one)));
  }

  async #goBack(side: Side, { of, mine, shown }: Taken<Copy>): Promise<void> {
    const { isLooking } = side;
    side.look(false);
    await side.person.engine.stop();
    this.#wentBack(side, mine, shown);
    await side.person.goBackTo(of);
    await this.#unlock(side);
    side.look(isLooking);
  }

  async #restore(side: Side, { of, mine, shown }: Taken<Uint8Array>): Promise<void> {
    const { isLooking } = side;
    const { engine } = side.person;
    side.look(false);
    this.#disks.fill(side.person.database, 0);
    await engine.handle({ type: 'wipe' });
    this.#wentBack(side, mine, shown);
    await restore(side.person, of, PASSPHRASE);
    side.look(isLooking);
  }

  #wentBack(side: Side, mine: readonly string[], shown: readonly string[]): void {
    for (const text of this.#otherThan(side).ever) if (!shown.includes(text)) side.mayLack.add(text);
    side.mine = mine;
    side.wentBack = true;
  }

  async #lock(side: Side): Promise<void> {
    const { isLooking } = side;
    const { engine } = side.person;
    const { passphrase } = (await side.person.app(() => true)).lock;
    if (!passphrase && !(await taken(engine.handle({ type: 'set-passphrase', next: PASSPHRASE })))) return;
    side.look(false);
    await engine.handle({ type: 'lock' });
    await this.#unlock(side);
    side.look(isLooking);
  }

  /** Where a start, or a lock, left it locked. */
  async #unlock({ person }: Side): Promise<void> {
    const { phase } = await person.until({ topic: 'app' }, (one) => one.phase !== 'starting');
    if (phase !== 'locked') return;
    // Each guess is counted on the disk before it is tried; where that is full, one tries again.
    while (!(await taken(person.engine.handle({ type: 'unlock', passphrase: PASSPHRASE }))));
  }

  /** Time goes by, and whoever it locked comes back. */
  async #skip(time: number): Promise<void> {
    this.#clock.skip(time);
    for (const side of Object.values(this.#sides)) await this.#unlock(side);
  }

  /** Tries again by hand what has failed. */
  async #retry(side: Side): Promise<void> {
    for (const { id, delivery } of await side.screen())
      if (delivery?.state === 'failed')
        await side.person.engine.handle({ type: 'retry', contactId: side.contactId, messageId: id });
  }

  async #restart(side: Side): Promise<void> {
    const { isLooking } = side;
    side.look(false);
    await side.person.engine.stop();
    await side.person.restart();
    await this.#unlock(side);
    side.look(isLooking);
  }

  async #move(side: Side): Promise<void> {
    const { server: present } = await side.settings();
    const server = this.#servers.find(({ url }) => url !== present)?.url as string;
    await taken(side.person.engine.handle({ type: 'change-settings', change: { server } }));
  }

  async #invite(by: Who, mutual: boolean): Promise<void> {
    this.#invited = true;
    this.#fates = [];
    const [inviter, accepter] =
      by === 'alice' ? [this.#sides.bob, this.#sides.alice] : [this.#sides.alice, this.#sides.bob];
    const [ofInviter, ofAccepter] = [
      await inviter.person.invite(),
      mutual ? await accepter.person.invite() : undefined,
    ];
    if (ofAccepter !== undefined) {
      // Neither hears of the other's before both have accepted.
      const held: { readonly at: HostileServer; readonly put: Put }[] = [];
      for (const at of this.#servers)
        at.fate = (put) => {
          held.push({ at, put });
          return [];
        };
      await Promise.all([accepter.person.accept(ofInviter), inviter.person.accept(ofAccepter)]);
      this.#decideAll();
      for (const { at, put } of held) at.deliver(put);
    } else await accepter.person.accept(ofInviter);
  }

  #otherThan(side: Side): Side {
    return side === this.#sides.alice ? this.#sides.bob : this.#sides.alice;
  }

  /** Until nothing moves any more that waits for moments only. */
  async flow(): Promise<void> {
    const [here, there] = this.#servers;
    const moved = () => here.puts.length + there.puts.length + this.#wire.frames.length;
    for (let before = -1, quiet = 0; quiet < 3; ) {
      quiet = moved() === before ? quiet + 1 : 0;
      before = moved();
      this.#clock.skip(40);
      await new Promise((done) => setTimeout(done, 8));
    }
  }

  /** The world turns honest, and days go by until nothing waits, or nothing more is to be hoped for. */
  async settle(): Promise<void> {
    this.#fates = [];
    this.#disks.empty();
    for (const server of this.#servers) server.refuse = () => undefined;
    for (const { at, put } of this.#held.splice(0)) at.deliver(put);
    const waits = [3000, 3000, MINUTE, MINUTE, 4 * MINUTE, 16 * MINUTE, HOUR, 2 * HOUR, 2 * HOUR];
    await this.flow();
    for (const side of Object.values(this.#sides)) await this.#say(side, 1);
    for (let round = 0; round < 24; round++) {
      await this.flow();
      for (const side of Object.values(this.#sides)) {
        await side.agree();
        await this.#retry(side);
      }
      if (await this.#isSettled()) break;
      await this.#skip(waits[round] ?? DAY);
    }
    this.#clock.skip(3000);
    await this.flow();
  }

  async #isSettled(): Promise<boolean> {
    for (const side of Object.values(this.#sides)) {
      const mine = (await side.screen()).filter(({ from }) => from === 'me');
      if (mine.some(({ delivery }) => delivery?.state !== 'delivered')) return false;
    }
    return true;
  }

  /** What must be on the screens once all is quiet. */
  async check(): Promise<void> {
    for (const writer of Object.values(this.#sides)) {
      const reader = this.#otherThan(writer);
      const own = (await writer.screen()).filter(({ from }) => from === 'me');
      const read = await reader.shown('them');
      const title = `what ${writer.person.name} wrote`;
      expect(
        own.map(({ text }) => text),
        `${title}, on their own screen`,
      ).toEqual(writer.mine);
      expect(new Set(read).size, `${title}, once on the other's: ${read.join(', ')}`).toBe(read.length);
      for (const text of read) expect(writer.ever, title).toContain(text);
      const lost = own.filter(
        ({ text, delivery }) =>
          delivery?.state === 'delivered' && !read.includes(text) && !reader.mayLack.has(text),
      );
      expect(
        lost.map(({ text }) => text),
        `${title}, said to be delivered, and on no screen`,
      ).toEqual([]);
      const waiting = own.filter(({ delivery }) => delivery?.state !== 'delivered');
      if (!this.#invited)
        expect(
          waiting.map(({ text, delivery }) => `${text} ${delivery?.state}`),
          `${title}, waiting for ever`,
        ).toEqual([]);
      // Of somebody who came back from a copy a text may come after what they wrote later; scenarios hold the rule.
      if (writer.wentBack) continue;
      const counted = (texts: readonly string[]) => texts.filter((text) => writer.mine.includes(text));
      expect(counted(read), `${title}, in its order`).toEqual(
        writer.mine.filter((text) => read.includes(text)),
      );
    }
    if (this.anybodyWentBack) return;
    const { alice, bob } = this.#sides;
    const ids = async (side: Side) => (await side.screen()).map(({ id }) => id);
    expect(await ids(alice), 'one order on both screens').toEqual(await ids(bob));
  }
}
