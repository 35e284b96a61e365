/** One of three: an engine, and what the model knows of whoever sits before it. */
import type { AppSnapshot, ContactView, MessageView } from '../../../bridge/types/snapshots.ts';
import type { Copy } from '../copies.ts';
import { Person } from '../person.ts';
import type { Who } from './acts.ts';
import type { Bond, Key } from './bond.ts';

export const PASSPHRASE = 'orbit velvet canyon';

type Ready = Extract<AppSnapshot, { phase: 'ready' }>;

/** A copy of a profile, and what the model knew of it then. */
interface Kept {
  readonly copy: Copy;
  readonly bonds: readonly Bond[];
  readonly name: string;
  readonly links: ReadonlySet<string>;
}

export class Member {
  readonly who: Who;
  readonly person: Person;
  /** What they call themselves. */
  name: string;
  /** How many profiles they have lost. */
  life = 0;
  isAway = false;
  /** Was put back to a copy at some time. */
  wentBack = false;
  bonds: Bond[] = [];
  /** Copies of the present profile. */
  copies: Kept[] = [];
  /** Texts for them that may be gone with what they removed or erased. */
  readonly mayLack = new Set<string>();

  constructor(who: Who, person: Person) {
    this.who = who;
    this.person = person;
    this.name = person.name;
  }

  get key(): Key {
    return `${this.who}/${this.life}`;
  }

  /** The bond in which what a key writes comes. */
  hearing(key: Key): Bond | undefined {
    return this.bonds.find((bond) => bond.hears(key));
  }

  app(): Promise<Ready> {
    return this.person.app(() => true);
  }

  async view(bond: Bond): Promise<ContactView | undefined> {
    return (await this.app()).contacts.find(({ id }) => id === bond.contactId);
  }

  async screen(bond: Bond): Promise<readonly MessageView[]> {
    const { contactId } = bond;
    if (contactId === undefined) return [];
    const messages = await this.person.conversation(contactId, () => true);
    for (const { from, text } of messages) if (from === 'them') bond.shown.add(text);
    return messages;
  }

  /** Bonds of which this one's handshake had not come are found by their safety numbers. */
  async learn(): Promise<void> {
    if (this.isAway || this.bonds.every(({ contactId }) => contactId !== undefined)) return;
    const { contacts } = await this.app();
    for (const bond of this.bonds)
      bond.contactId ??= contacts.find(({ safety }) => safety.digits === bond.digits)?.id;
  }

  /** Where a start, or a lock, left it locked. */
  async unlock(): Promise<void> {
    if (this.isAway) return;
    const { phase } = await this.person.until({ topic: 'app' }, (one) => one.phase !== 'starting');
    if (phase === 'locked') await this.person.engine.handle({ type: 'unlock', passphrase: PASSPHRASE });
  }

  /** Ends the engine, as closing the browser does. */
  async leave(): Promise<void> {
    for (const bond of this.bonds) bond.look(undefined);
    this.isAway = true;
    await this.person.engine.stop();
  }

  async come(): Promise<void> {
    if (!this.isAway) return;
    this.isAway = false;
    this.person.renew();
    await this.person.engine.start();
    await this.unlock();
  }

  async lock(): Promise<void> {
    const { engine } = this.person;
    if (!(await this.app()).lock.passphrase)
      await engine.handle({ type: 'set-passphrase', next: PASSPHRASE });
    for (const bond of this.bonds) bond.look(undefined);
    await engine.handle({ type: 'lock' });
    await this.unlock();
  }

  async keep(): Promise<void> {
    // What is on the screen before the copy is made is in it.
    for (const bond of this.bonds) await this.screen(bond);
    const { invites } = await this.app();
    const bonds = this.bonds.map((bond) => bond.copy());
    const links = new Set(invites.map(({ id }) => id));
    this.copies.push({ copy: await this.person.copy(), bonds, name: this.name, links });
  }

  /** The profile is what it was when a copy was made. */
  async goBack({ copy, bonds, name }: Kept): Promise<void> {
    await this.leave();
    this.bonds = bonds.map((bond) => bond.copy());
    this.name = name;
    this.isAway = false;
    await this.person.goBackTo(copy);
    await this.unlock();
  }

  /** Everything is gone, and somebody new begins. */
  async beginAnew(server: string): Promise<void> {
    for (const bond of this.bonds) {
      await this.screen(bond);
      for (const text of bond.shown) this.mayLack.add(text);
      bond.look(undefined);
    }
    this.bonds = [];
    this.copies = [];
    this.life++;
    const { engine } = this.person;
    await engine.handle({ type: 'wipe' });
    await engine.handle({ type: 'begin', name: this.name, server });
  }
}

export function newMember(who: Who, server: string, clock: ConstructorParameters<typeof Person>[2]): Member {
  return new Member(who, new Person(who[0]?.toUpperCase() + who.slice(1), server, clock));
}
