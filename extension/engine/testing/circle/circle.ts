/**
 * Three people who meet, write, part, meet again and lose their profiles for good, over servers that may do anything
 * but go back in time. What each may expect is in expectations.ts.
 */
import { HostileServer } from '../hostile-server.ts';
import { inTime } from '../in-time.ts';
import { Post } from '../model/post.ts';
import { comeToRest, untilQuiet } from '../rest.ts';
import { SkipClock } from '../skip-clock.ts';
import { Wire } from '../wire.ts';
import type { Act, Who } from './acts.ts';
import type { Bond, Key, Link, Written } from './bond.ts';
import { Deeds } from './deeds.ts';
import { Meetings } from './meetings.ts';
import { type Member, newMember } from './member.ts';

/** Milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How long what came behind a gap waits, and a little more. Milliseconds. */
const HELD = 2100;

export class Circle {
  readonly clock = new SkipClock();
  readonly members: Readonly<Record<Who, Member>>;
  readonly links: Link[] = [];
  /** Every text that was ever written. */
  readonly written = new Map<string, Written>();
  readonly post: Post;
  readonly #wire = new Wire();
  /** How far the clock was put back in all. Milliseconds. */
  #putBack = 0;
  readonly #meetings = new Meetings(this);
  readonly #deeds = new Deeds(this);
  #counter = 0;

  private constructor(servers: readonly [HostileServer, HostileServer]) {
    this.post = new Post(servers);
    const make = (who: Who) => newMember(who, servers[0].url, this.clock);
    this.members = { alice: make('alice'), bob: make('bob'), carol: make('carol') };
    for (const { person } of this.all) person.makePeer = this.#wire.make;
  }

  /** Alice knows the two others, who do not know each other. */
  static async begin(): Promise<Circle> {
    const circle = new Circle([await HostileServer.start(), await HostileServer.start()]);
    const { alice, bob, carol } = circle.members;
    await Promise.all(circle.all.map(({ person }) => person.begin()));
    for (const other of [bob, carol]) await circle.#meetings.meet(alice, other, 'link', {});
    return circle;
  }

  async end(): Promise<void> {
    for (const { bonds, person } of this.all) {
      for (const bond of bonds) bond.look(undefined);
      await person.engine.stop();
    }
    for (const server of this.post.servers) await server.stop();
  }

  get all(): readonly Member[] {
    return Object.values(this.members);
  }

  /** Every envelope that left an engine. */
  *left(): Iterable<Uint8Array> {
    for (const { envelope } of this.post.puts) yield envelope;
    yield* this.#wire.envelopes;
  }

  /** Who has a key, if they have not lost it. */
  holder(key: Key): Member | undefined {
    return this.all.find((member) => member.key === key);
  }

  /** The other's end of a bond, where they hear what is written in it. */
  counterpart(member: Member, bond: Bond): Bond | undefined {
    const other = this.holder(bond.key)?.hearing(member.key);
    return other !== undefined && bond.finds(other, member.key) ? other : undefined;
  }

  /**
   * Whether the other says that they have what is written here. Of a key that is undecided about they read it, and say so
   * only where they write anyway: at another server nobody has said yes to it.
   */
  isAnswered(member: Member, bond: Bond): boolean {
    return this.counterpart(member, bond)?.key === member.key;
  }

  do(act: Act): Promise<void> {
    return inTime(this.#do(act), JSON.stringify(act));
  }

  async #do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'together':
        await Promise.all(act.acts.map((one) => this.#do(one)));
        return;
      case 'accept':
        return this.#meetings.accept(
          this.members[act.by],
          this.links[act.link % this.links.length],
          act.from,
        );
      case 'withdraw':
        return this.#meetings.withdraw(this.links[act.link % this.links.length]);
      case 'fate':
        return this.post.decide(act.of);
      case 'refuse':
        return this.post.refuse(act.reason, act.times);
      case 'wire':
        if (act.up) this.#wire.isUp = true;
        else this.#wire.cut();
        return;
      case 'cut':
        return this.post.cut();
      case 'skip': {
        // Who made an invite and is away for longer than servers keep mail does not hear who accepted it.
        const isAwaited = this.all.some(({ bonds }) => bonds.some((bond) => bond.contactId === undefined));
        return this.skip(isAwaited ? Math.min(act.time, DAY) : act.time);
      }
      case 'clock':
        this.clock.put(act.by);
        this.#putBack += Math.max(-act.by, 0);
        // Whoever sees a clock that jumps may have slept: the next who uses a view finds it locked.
        for (const { isAway, person } of this.all) if (!isAway) await person.engine.handle({ type: 'used' });
        return this.skip(0);
      case 'flow':
        return this.flow();
      case 'come':
        return this.#come(this.members[act.by]);
    }
    const member = this.members[act.by];
    if (member.isAway) return;
    switch (act.kind) {
      case 'name':
        member.name = `${member.person.name} the ${this.count()}`;
        await member.person.engine.handle({ type: 'change-settings', change: { name: member.name } });
        return;
      case 'move': {
        const { server: present } = (await member.app()).settings;
        const server = this.post.servers.find(({ url }) => url !== present)?.url as string;
        await member.person.engine.handle({ type: 'change-settings', change: { server } });
        return;
      }
      case 'wipe':
        await this.still();
        return member.beginAnew(this.post.servers[0].url);
      case 'copy':
        return member.keep();
      case 'back':
        return this.#goBack(member, act.copy);
      case 'leave':
        return member.leave();
      case 'restart':
        await member.leave();
        return member.come();
      case 'lock':
        return member.lock();
      case 'link':
        await this.#meetings.link(member, act.again ? this.#bond(member, act) : undefined);
        return;
      case 'meet':
        return this.#meetings.meet(member, this.members[act.to], act.how, {
          again: act.again ? this.#bond(member, act) : undefined,
          from: act.from,
        });
    }
    const bond = this.#bond(member, act);
    if (bond?.contactId !== undefined) await this.#deeds.do(member, bond, bond.contactId, act);
  }

  /** Whether somebody who is away was answered by a server alone. */
  awaits({ bonds }: Member): boolean {
    return bonds.some(({ contactId, claimants }) => contactId === undefined || claimants.length > 0);
  }

  /** All who claim to be a contact go, with what they wrote. */
  turnAway(member: Member, bond: Bond): void {
    const gone = new Set(bond.claimants.map(({ key }) => key));
    bond.claimants = [];
    for (const key of gone) bond.voices.delete(key);
    for (const text of [...bond.shown]) {
      if (!gone.has(this.written.get(text)?.by ?? '')) continue;
      bond.shown.delete(text);
      member.mayLack.add(text);
    }
  }

  /** A number that nothing else here has. */
  count(): number {
    return ++this.#counter;
  }

  /** One of a member's bonds with a person, whose keys may have been several. */
  #bond(member: Member, { to, which }: { readonly to: Who; readonly which: number }): Bond | undefined {
    const all = member.bonds.filter(({ key }) => key.startsWith(to)).reverse();
    return all[which % all.length];
  }

  async #goBack(member: Member, which: number): Promise<void> {
    const kept = member.copies[which % member.copies.length];
    if (kept === undefined) return;
    const knew = new Set(kept.bonds.flatMap(({ shown }) => [...shown]));
    for (const text of this.written.keys()) if (!knew.has(text)) member.mayLack.add(text);
    await member.goBack(kept);
    for (const bond of member.bonds) bond.wentBack = true;
    for (const { bonds } of this.all)
      for (const bond of bonds)
        if (bond.key === member.key || bond.claimants.some(({ key }) => key === member.key))
          bond.wentBack = true;
    for (const link of this.links)
      if (link.maker === member.key && link.state === 'open' && !kept.links.has(link.id))
        link.state = 'forgotten';
    member.wentBack = true;
    await this.flow();
    await this.learn();
  }

  async #come(member: Member): Promise<void> {
    await member.come();
    await this.flow();
    await this.learn();
  }

  async learn(): Promise<void> {
    for (const member of this.all) await member.learn();
  }

  /** Servers and people are where one finds them, as for whoever meets on purpose. */
  async steady(): Promise<void> {
    this.post.turnHonest();
    for (const { isAway, person } of this.all) if (!isAway) await person.engine.handle({ type: 'reconnect' });
  }

  /** Nothing waits behind a gap any more: what has come is on the screen. */
  async still(): Promise<void> {
    await this.flow();
    await this.skip(HELD);
  }

  /** Time goes by, and whoever it locked comes back. */
  async skip(time: number): Promise<void> {
    this.clock.skip(time);
    for (const member of this.all) await member.unlock();
  }

  /** How many envelopes have gone anywhere. */
  get moved(): number {
    return this.post.puts.length + this.#wire.envelopes.length;
  }

  /** Until nothing moves any more that waits for moments only. */
  async flow(): Promise<void> {
    await untilQuiet({ clock: this.clock, moved: () => this.moved });
  }

  /** The world turns honest, all come back, and days go by until nothing waits, or nothing more is to be hoped for. */
  async settle(): Promise<void> {
    this.post.turnHonest();
    // What goes over a connection says nothing of a mailbox, and those of before would be read on.
    this.#wire.cut();
    for (const member of this.all) await this.#come(member);
    await this.#untilSettled();
    // Whoever has heard all is written to once more, wherever they read by now.
    for (const member of this.all) for (const bond of member.bonds) await this.#deeds.say(member, bond);
    await this.#untilSettled();
    // What was to be done at a time of before is done when the clock has come there once more.
    await this.skip(this.#putBack);
    await comeToRest({
      moved: () => this.moved,
      pass: async (time) => {
        await this.skip(time);
        await this.flow();
      },
    });
  }

  async #untilSettled(): Promise<void> {
    const waits = [3000, 3000, MINUTE, MINUTE, 4 * MINUTE, 16 * MINUTE, HOUR, 2 * HOUR, 2 * HOUR];
    for (let round = 0; round < 24; round++) {
      await this.flow();
      await this.learn();
      for (const member of this.all) for (const bond of member.bonds) await this.#deeds.agree(member, bond);
      if (await this.#isSettled()) return;
      await this.skip(waits[round] ?? DAY);
    }
  }

  async #isSettled(): Promise<boolean> {
    for (const member of this.all)
      for (const bond of member.bonds) {
        if (bond.contactId === undefined) return false;
        if (!this.isAnswered(member, bond)) continue;
        const mine = (await member.screen(bond)).filter(({ from }) => from === 'me');
        if (mine.some(({ text, delivery }) => delivery?.state !== 'delivered' && !bond.failed.has(text)))
          return false;
        const view = await member.view(bond);
        if (view?.stage !== 'ready' || view.moveTo !== undefined) return false;
      }
    return true;
  }
}
