/**
 * Two engines under whatever may befall them, and a model that knows what each person wrote, what lay on each disk
 * when it was copied, and so what must be on whose screen in the end (invariants 1 and 2, PROTOCOL 5 and 6).
 */
import { expect } from 'vitest';
import { backUp, restore } from '../back-up.ts';
import type { Copy } from '../copies.ts';
import { FullDisks, taken } from '../full-disks.ts';
import { HostileServer } from '../hostile-server.ts';
import { inTime } from '../in-time.ts';
import type { Person } from '../person.ts';
import { checkDone, checkPlaces, comeToRest, hourOf, lyingAt, told, untilQuiet } from '../rest.ts';
import { SkipClock } from '../skip-clock.ts';
import { type TwoContacts, twoContacts } from '../two-contacts.ts';
import { Wire } from '../wire.ts';
import type { Act, Who } from './acts.ts';
import { checkList, checkOrders, checkReading } from './oracle.ts';
import { Post } from './post.ts';
import { Side, type Taken } from './side.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export class World {
  readonly #clock: SkipClock;
  readonly #two: TwoContacts;
  readonly #wire = new Wire();
  readonly #disks = new FullDisks();
  readonly #sides: Readonly<Record<Who, Side>>;
  readonly #post: Post;
  #said = 0;
  /** Whether an invite was made: one that a disk forgot can leave a contact waiting for the next. */
  #invited = false;

  private constructor(clock: SkipClock, two: TwoContacts, other: HostileServer) {
    this.#clock = clock;
    this.#two = two;
    this.#sides = { alice: new Side(two.alice, two.toBob), bob: new Side(two.bob, two.toAlice) };
    for (const { person } of Object.values(this.#sides)) person.makePeer = this.#wire.make;
    this.#post = new Post([two.server, other]);
  }

  /** Where servers keep everything, no expiry is a sign, and nothing but the mailboxes brings the two together. */
  static async begin(keepsAll = false): Promise<World> {
    const clock = new SkipClock();
    const world = new World(clock, await twoContacts(clock), await HostileServer.start());
    if (!keepsAll) return world;
    world.#post.keepAll();
    // What was opened before was told of another time.
    for (const side of Object.values(world.#sides)) await world.#restart(side);
    return world;
  }

  async end(): Promise<void> {
    this.#disks.end();
    for (const side of Object.values(this.#sides)) side.look(false);
    await this.#two.end();
    await this.#post.servers[1].stop();
  }

  /** Every envelope that left an engine. */
  *left(): Iterable<Uint8Array> {
    for (const { envelope } of this.#post.puts) yield envelope;
    yield* this.#wire.envelopes;
  }

  get anybodyWentBack(): boolean {
    return Object.values(this.#sides).some(({ wentBack }) => wentBack);
  }

  do(act: Act): Promise<void> {
    return inTime(this.#do(act), JSON.stringify(act));
  }

  async #do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'say':
        return this.#say(this.#sides[act.by], act.count);
      case 'fate':
        this.#post.decide(act.of);
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
      case 'refuse':
        this.#post.refuse(act.reason, act.times);
        return;
      case 'cut':
        this.#post.cut();
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
    const server = this.#post.servers.find(({ url }) => url !== present)?.url as string;
    await taken(side.person.engine.handle({ type: 'change-settings', change: { server } }));
  }

  async #invite(by: Who, mutual: boolean): Promise<void> {
    this.#invited = true;
    this.#post.decide([]);
    const [inviter, accepter] =
      by === 'alice' ? [this.#sides.bob, this.#sides.alice] : [this.#sides.alice, this.#sides.bob];
    const [ofInviter, ofAccepter] = [
      await inviter.person.invite(),
      mutual ? await accepter.person.invite() : undefined,
    ];
    if (ofAccepter !== undefined) {
      // Neither hears of the other's before both have accepted.
      await this.#post.holding(() =>
        Promise.all([accepter.person.accept(ofInviter), inviter.person.accept(ofAccepter)]),
      );
    } else await accepter.person.accept(ofInviter);
  }

  #otherThan(side: Side): Side {
    return side === this.#sides.alice ? this.#sides.bob : this.#sides.alice;
  }

  get #moved(): number {
    return this.#post.puts.length + this.#wire.envelopes.length;
  }

  /** Until nothing moves any more that waits for moments only. */
  async flow(): Promise<void> {
    await untilQuiet({ clock: this.#clock, moved: () => this.#moved });
  }

  /** The world turns honest, and days go by until nothing waits, or nothing more is to be hoped for. */
  async settle(): Promise<void> {
    this.#disks.empty();
    this.#post.turnHonest();
    await this.flow();
    await this.#untilSettled();
    await this.#untilSettled();
    await this.#comeToRest();
    // Whom nobody wrote to since the other agreed to where they read now would read in two places for as long.
    await this.#untilSettled();
    await this.#comeToRest();
  }

  async #comeToRest(): Promise<void> {
    await comeToRest({
      moved: () => this.#moved,
      pass: async (time) => {
        await this.#skip(time);
        await this.flow();
        // Of a move that a disk took late one is asked late.
        for (const side of Object.values(this.#sides)) await side.agree();
        await this.flow();
      },
    });
  }

  /** Whoever has heard all is written to once more, wherever they read by now. */
  async #untilSettled(): Promise<void> {
    const waits = [3000, 3000, MINUTE, MINUTE, 4 * MINUTE, 16 * MINUTE, HOUR, 2 * HOUR, 2 * HOUR];
    for (const side of Object.values(this.#sides)) await this.#say(side, 1);
    for (let round = 0; round < 24; round++) {
      await this.flow();
      for (const side of Object.values(this.#sides)) {
        await side.agree();
        await this.#retry(side);
      }
      if (await this.#isSettled()) return;
      await this.#skip(waits[round] ?? DAY);
    }
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
    const { alice, bob } = this.#sides;
    await checkReading(alice, bob, this.#invited);
    await checkReading(bob, alice, this.#invited);
    if (!this.anybodyWentBack) await checkOrders(alice, bob);
    for (const side of [alice, bob]) await checkList(side, this.#otherThan(side).person.name);
    await this.#checkRest();
  }

  async #checkRest(): Promise<void> {
    const moved = () => this.#moved;
    const skip = (time: number) => this.#skip(time);
    const went = await hourOf({ clock: this.#clock, engines: 2, moved, skip });
    if (!this.#invited) expect(went, 'envelopes in an hour of rest').toBe(0);
    for (const side of Object.values(this.#sides)) {
      const { person } = side;
      if ((await person.app(() => true)).lock.passphrase)
        await person.engine.handle({ type: 'remove-passphrase', current: PASSPHRASE });
      const before = await told(person);
      side.look(false);
      await person.restart();
      expect(await told(person), `${person.name} after a restart`).toEqual(before);
      // What a full disk left for the next start is done by now.
      await this.flow();
      await person.engine.stop();
      const lying = await lyingAt(person);
      for (const one of this.#invited ? [] : lying) {
        checkDone(one, `${person.name}'s row`);
        checkPlaces(one, `${person.name}'s row`);
      }
      await person.restart();
    }
  }
}
