/**
 * The mailboxes that I read for a contact, one after the other (SPEC 12.12). A fresh one takes the place of the present
 * one now and then, and when the person moves to another server: it is opened, then the contact is told, and the one
 * before is read on until they have surely left it. Each step stands in the contact's row before it is taken. What tells
 * them where I read tells them what I am called as well.
 */
import { mailboxIdOf, randomBytes } from '@aside/wasm-crypto';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Draft } from './content.ts';
import { toHex } from './encoding.ts';
import { homeFor } from './guests.ts';
import type { Sockets } from './mail/sockets.ts';
import type { Outbox } from './outbox.ts';
import type { Passes } from './passes.ts';
import type { Reading } from './reading.ts';
import { detach } from './report.ts';
import type { ContactRow } from './storage/rows.ts';
import { Surely } from './surely.ts';

type Mailbox = ContactRow['read'][number];

const DAY = 24 * 3600_000;
/**
 * A mailbox is read for so long, and up to as much again: at a moment of its own for each, or contacts who were met
 * together would be seen to move together. Milliseconds.
 */
const TURN = 30 * DAY;
/** What was on its way to the mailbox before has arrived after this, and it is looked whether it is empty. Milliseconds. */
const LINGER = 10 * 60_000;
/** A server that is gone for so long keeps nothing of what was put there. Milliseconds. */
const GONE = 30 * DAY;
/** How often it is looked whose turn it is: nobody waits for that. Milliseconds. */
const LOOK_AGAIN = 3600_000;
/** Mailboxes that are read for a contact while they use none of the newer ones: more moves than anybody makes meanwhile. */
const READ_MAX = 8;

export interface RotationOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly reading: Reading;
  readonly sockets: Sockets;
  readonly passes: Passes;
  readonly clock: Clock;
  me(): { readonly name: string; readonly server: string };
}

/** A new mailbox of mine at a server. */
export function freshMailbox(server: string, now: number): Mailbox {
  return { key: randomBytes(32), server, turn: now + TURN * (1 + Math.random()) };
}

/** What tells a contact where I read and what I am called; `undefined` for one whom I read nowhere. */
export function profileFor({ read: [own] }: ContactRow, name: string, first: boolean) {
  if (own === undefined) return undefined;
  const mailbox = { id: toHex(mailboxIdOf(own.key)), server: own.server };
  return { kind: 'profile', name, first, mailbox } as const satisfies Draft;
}

const nameOf = ({ key }: Mailbox): string => toHex(mailboxIdOf(key));

export class Rotation {
  readonly #options: RotationOptions;
  /** Mailboxes that were opened anew, to be left if nothing waits in them. */
  readonly #leaving = new Set<string>();
  readonly #surely: Surely;

  constructor(options: RotationOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  /** Goes on with what a stop interrupted, and looks whose turn it is from now on. */
  start(): void {
    const { contacts, sockets, clock } = this.#options;
    this.look();
    detach(this.tellName());
    const now = clock.now();
    const all = contacts.all();
    // What was refused for want of a pass may be granted by now.
    const asked = all.flatMap(({ row: { next } }) => (next === undefined ? [] : [next.server]));
    for (const server of new Set(asked)) sockets.passChanged(server);
    // One at a time: those whose turn came while the browser was closed would otherwise be seen to move together.
    const due = all.filter(({ row }) => isOld(row, now));
    const [one] = due.slice(Math.floor(Math.random() * due.length));
    if (one !== undefined) detach(this.#begin(one.id));
    clock.after(LOOK_AGAIN, () => this.start());
  }

  /** Takes leave of what is due, and begins where the person has moved to another server. */
  look(): void {
    for (const contact of this.#options.contacts.all()) this.#lookAt(contact);
  }

  /**
   * Tells the contacts what I am called who were told another name last; none of them waits for another one's. Never
   * rejects: I am called so, whatever a disk takes of it now.
   */
  async tellName(): Promise<void> {
    const { contacts, me } = this.#options;
    for (const { id, row } of contacts.all())
      if (row.toldName !== me().name)
        await this.#surely.do(
          `name to ${id}`,
          () => this.#tellNameTo(id),
          () => contacts.has(id),
        );
  }

  async #tellNameTo(id: string): Promise<void> {
    const { contacts, outbox, clock, me } = this.#options;
    const sealed = await contacts.change(id, async (tx, working) => {
      const { name } = me();
      const profile = working.row.toldName === name ? undefined : profileFor(working.row, name, false);
      return profile && outbox.seal(tx, working, profile, clock.now());
    });
    if (sealed !== undefined) outbox.committed(sealed);
  }

  #lookAt({ id, row }: Contact): void {
    const now = this.#options.clock.now();
    const [own, ...before] = row.read;
    for (const mailbox of before) {
      if (mailbox.leave === undefined || isToCome(mailbox.leave, LINGER, now)) continue;
      if (mailbox.leave + GONE < now) detach(this.#leave(id, nameOf(mailbox)));
      else this.#openAnew(mailbox);
    }
    if (own === undefined || !mayBegin(row) || row.read.length >= READ_MAX) return;
    if ((row.next ?? own).server !== this.#home(row, own)) detach(this.#begin(id));
  }

  #home(row: ContactRow, own: Mailbox): string {
    const { passes, me } = this.#options;
    return homeFor(row, passes, me().server, own.server);
  }

  async #begin(id: string): Promise<void> {
    const { contacts, reading, clock } = this.#options;
    await contacts.change(id, async (_tx, { row }) => {
      const [own] = row.read;
      if (own === undefined) return;
      const home = this.#home(row, own);
      // Two looks before the first one's word was on the disk make one: a guest has few mailboxes to spend.
      if (row.next?.server !== home) row.next = freshMailbox(home, clock.now());
    });
    reading.sync(contacts.get(id));
  }

  /** A mailbox of mine was opened: one that comes next is told of, one that is to be left is left if nothing waits in it. */
  opened(name: string, waiting: number): void {
    const contact = this.#options.reading.contactOf(name);
    const leaving = this.#leaving.delete(name);
    if (contact === undefined) return;
    if (contact.row.next !== undefined && nameOf(contact.row.next) === name)
      this.#insist(contact.id, name, () => this.#tell(contact.id, name));
    else if (leaving && waiting === 0) detach(this.#leave(contact.id, name));
  }

  /**
   * Does what nothing else would lead to again for as long as the socket stands: a contact not told would write to the
   * mailbox before, and one that is not left be read, for days.
   */
  #insist(id: string, mailbox: string, work: () => Promise<void>): void {
    void this.#surely.do(mailbox, work, () => this.#options.contacts.has(id));
  }

  async #tell(id: string, name: string): Promise<void> {
    const { contacts, outbox, reading, clock, me } = this.#options;
    const sealed = await contacts.change(id, async (tx, working) => {
      const { row } = working;
      if (row.next === undefined || nameOf(row.next) !== name) return undefined;
      row.read = [row.next, ...row.read];
      delete row.next;
      const profile = profileFor(row, me().name, false);
      return profile === undefined ? undefined : outbox.seal(tx, working, profile, clock.now());
    });
    if (sealed === undefined) return;
    outbox.committed(sealed);
    reading.sync(contacts.get(id));
  }

  /** Something of a contact's opened that came through a mailbox: if it is the present one, they know it. */
  heardThrough({ id, row }: Contact, name: string): void {
    const { contacts, clock } = this.#options;
    const [own, ...before] = row.read;
    if (own === undefined || nameOf(own) !== name || before.every(({ leave }) => leave !== undefined)) return;
    const note = async () => {
      const leave = clock.now() + LINGER;
      await contacts.change(id, async (_tx, { row }) => {
        // Those behind it only: a fresh one may have come before it meanwhile, of which they need not know yet.
        const at = row.read.findIndex((mailbox) => nameOf(mailbox) === name);
        if (at >= 0)
          row.read = row.read.map((mailbox, index) => (index > at ? { leave, ...mailbox } : mailbox));
      });
      // What waited for this may be due: the person has moved meanwhile.
      this.look();
      clock.after(LINGER + 1, () => this.look());
    };
    this.#insist(id, name, note);
  }

  /** What it answers tells whether anything waits there; nothing is looked for again before the next look. */
  #openAnew(mailbox: Mailbox): void {
    const socket = this.#options.sockets.to(mailbox.server);
    const name = nameOf(mailbox);
    this.#leaving.add(name);
    socket.closeMailbox(name);
    socket.openMailbox(mailbox.key);
  }

  async #leave(id: string, name: string): Promise<void> {
    const { contacts, reading } = this.#options;
    await contacts.change(id, async (_tx, { row }) => {
      row.read = row.read.filter((mailbox, at) => at === 0 || nameOf(mailbox) !== name);
    });
    reading.sync(contacts.get(id));
  }
}

/** A contact who has not answered yet knows one mailbox, and for a claimant it is the person's word that comes first. */
function mayBegin(row: ContactRow): boolean {
  return row.stage !== 'waiting' && row.claims === undefined;
}

/** Whether the present mailbox has had its turn. One after the other: the contact has to use it before there is another. */
function isOld(row: ContactRow, now: number): boolean {
  const [own, ...before] = row.read;
  if (own === undefined || row.next !== undefined || before.some(({ leave }) => leave === undefined))
    return false;
  return mayBegin(row) && !isToCome(own.turn ?? row.since + 2 * TURN, 2 * TURN, now);
}

/** Whether a time has yet to come that was set for so long at the most: a later one is of a clock that was put back since. */
function isToCome(time: number, longest: number, now: number): boolean {
  return time > now && time <= now + longest;
}
