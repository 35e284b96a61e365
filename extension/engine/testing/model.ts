/**
 * Two engines under whatever may befall them, and a model that knows what each person wrote, what lay on each disk
 * when it was copied, and so what must be on whose screen in the end (invariants 1 and 2, PROTOCOL 5 and 6).
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { MessageView } from '../../bridge/types.ts';
import type { Copy } from './copies.ts';
import { HostileServer, type Put } from './hostile-server.ts';
import type { Person } from './person.ts';
import { SkipClock } from './skip-clock.ts';
import { type TwoContacts, twoContacts } from './two-contacts.ts';
import { Wire } from './wire.ts';

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

interface Taken {
  readonly disk: Copy;
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
  readonly copies: Taken[] = [];
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
    await this.person.engine.handle({ type: 'allow-server', contactId: this.contactId, server });
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
        this.#sides[act.by].copies.push(await this.#take(this.#sides[act.by]));
        return;
      case 'back': {
        const side = this.#sides[act.by];
        const taken = side.copies[act.which % Math.max(side.copies.length, 1)];
        if (taken !== undefined) await this.#goBack(side, taken);
        return;
      }
      case 'lapse': {
        const side = this.#sides[act.by];
        const taken = await this.#take(side);
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
      case 'skip':
        this.#clock.skip(act.time);
        return;
      case 'flow':
        return this.flow();
    }
  }

  async #say(side: Side, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const text = `${side.person.name} ${++this.#said}`;
      side.mine = [...side.mine, text];
      side.ever.push(text);
      await side.person.send(side.contactId, text);
    }
  }

  async #take(side: Side): Promise<Taken> {
    // What is on the screen before the copy is made is in it.
    const shown = await side.shown('them');
    return { mine: side.mine, shown, disk: await side.person.copy() };
  }

  async #goBack(side: Side, { disk, mine, shown }: Taken): Promise<void> {
    const { isLooking } = side;
    side.look(false);
    await side.person.engine.stop();
    for (const text of this.#otherThan(side).ever) if (!shown.includes(text)) side.mayLack.add(text);
    await side.person.goBackTo(disk);
    side.mine = mine;
    side.wentBack = true;
    side.look(isLooking);
  }

  async #restart(side: Side): Promise<void> {
    const { isLooking } = side;
    side.look(false);
    await side.person.engine.stop();
    await side.person.restart();
    side.look(isLooking);
  }

  async #move(side: Side): Promise<void> {
    const { server: present } = await side.settings();
    const server = this.#servers.find(({ url }) => url !== present)?.url as string;
    await side.person.engine.handle({ type: 'change-settings', change: { server } });
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
    for (const { at, put } of this.#held.splice(0)) at.deliver(put);
    const waits = [3000, 3000, MINUTE, MINUTE, 4 * MINUTE, 16 * MINUTE, HOUR, 2 * HOUR, 2 * HOUR];
    await this.flow();
    for (const side of Object.values(this.#sides)) await this.#say(side, 1);
    for (let round = 0; round < 24; round++) {
      await this.flow();
      for (const side of Object.values(this.#sides)) await side.agree();
      if (await this.#isSettled()) break;
      this.#clock.skip(waits[round] ?? DAY);
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
