/**
 * The mailboxes that I read, and what becomes of what is in them: a contact's go to the inbox, or to recovery, an
 * invite's to answering. An acknowledgement means everything before it too, so that an envelope which could not be stored
 * ends the reading of its mailbox for a while: nothing behind it may be acknowledged (invariants 1 and 2).
 */
import { mailboxIdOf } from '@aside/wasm-crypto';
import type { Answering } from './answering.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import { toHex } from './encoding.ts';
import type { Inbox } from './inbox.ts';
import type { Invites } from './invites.ts';
import type { Acknowledge } from './mail/mailboxes.ts';
import type { Sockets } from './mail/sockets.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { Rendezvous } from './rendezvous.ts';
import { report } from './report.ts';

/** A mailbox whose envelope could not be stored is read again after this long. Milliseconds. */
export const REREAD_AFTER = 30_000;

export interface ReadingOptions {
  readonly contacts: Contacts;
  readonly inbox: Inbox;
  readonly invites: Invites;
  readonly answering: Answering;
  readonly rendezvous: Rendezvous;
  readonly recovery: Recovery;
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** An envelope of a contact's opened that came through this mailbox. */
  heardThrough(contact: Contact, mailbox: string): void;
  /** Another browser reads a contact's mailbox now: my profile runs twice. */
  takenOver(): void;
}

interface Place {
  readonly server: string;
  readonly key: Uint8Array;
}

export class Reading {
  readonly #options: ReadingOptions;
  /** The contacts' mailboxes that are read. */
  readonly #places = new Map<
    string,
    Place & { readonly contactId: string; readonly for: 'mail' | 'recovery' }
  >();
  readonly #resting = new Set<string>();
  #inviteTurn: Promise<void> = Promise.resolve();
  #recoveryTurn: Promise<void> = Promise.resolve();

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** Whose mailbox this is; `undefined` for an invite's and for one that is read no more. */
  contactOf(mailbox: string): Contact | undefined {
    const contactId = this.#places.get(mailbox)?.contactId;
    const { contacts } = this.#options;
    return contactId !== undefined && contacts.has(contactId) ? contacts.get(contactId) : undefined;
  }

  /** Reads the mailboxes that a contact's row names, and no other of theirs. */
  sync(contact: Contact): void {
    const wanted = new Set<string>();
    const { read, next, recovery } = contact.row;
    for (const place of read) wanted.add(this.#open(contact.id, place, 'mail'));
    // As long as it is refused the present one does; but to another server the person wants to move.
    const isSpare = next?.server === read[0]?.server;
    if (next !== undefined) wanted.add(this.#open(contact.id, next, 'mail', isSpare));
    for (const way of recovery.ways) wanted.add(this.#open(contact.id, way.read, 'recovery'));
    this.stop(contact.id, wanted);
  }

  #open(contactId: string, { key, server }: Place, purpose: 'mail' | 'recovery', isSpare = false): string {
    const mailbox = toHex(mailboxIdOf(key));
    this.#places.set(mailbox, { contactId, server, key, for: purpose });
    if (!this.#resting.has(mailbox)) this.#options.sockets.to(server).openMailbox(key, isSpare);
    return mailbox;
  }

  /** Stops reading a contact's mailboxes but for some. */
  stop(contactId: string, except: ReadonlySet<string> = new Set()): void {
    for (const [mailbox, place] of this.#places) {
      if (place.contactId !== contactId || except.has(mailbox)) continue;
      this.#places.delete(mailbox);
      this.#options.sockets.to(place.server).closeMailbox(mailbox);
    }
  }

  /** Takes an envelope, and acknowledges it once it is stored. Never rejects. */
  async receive(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    try {
      // An invite's first envelope makes the contact that the next ones are for, so these wait for it.
      if (!this.#places.has(mailbox)) await this.#receiveForInvite(mailbox, envelope, acknowledge);
      const place = this.#places.get(mailbox);
      if (place === undefined) return;
      if (place.for === 'recovery') {
        await this.#receiveForRecovery(place.contactId, mailbox, envelope, acknowledge);
        return;
      }
      const opened = await this.#options.inbox.receive(place.contactId, envelope);
      void acknowledge();
      const contact = this.contactOf(mailbox);
      if (opened && contact !== undefined) this.#options.heardThrough(contact, mailbox);
    } catch (error) {
      report(error);
      this.#rest(mailbox);
    }
  }

  /** Another socket opened a mailbox of mine. */
  taken(mailbox: string): void {
    // A rendezvous changes hands by design; a contact's mailbox only when my profile runs twice.
    const place = this.#places.get(mailbox);
    if (place === undefined) this.#options.rendezvous.reader(mailbox)?.taken();
    else if (place.for === 'mail') this.#options.takenOver();
    // The contact can open this one too: that says nothing of my profile.
    else this.#rest(mailbox);
  }

  /** One after the other; resolves once the envelope was an invite's, or its mailbox has become a contact's. */
  #receiveForInvite(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    const turn = this.#inviteTurn.then(async () => {
      if (this.#places.has(mailbox) || this.#resting.has(mailbox)) return;
      const { answering, rendezvous } = this.#options;
      const reader = rendezvous.reader(mailbox);
      if (reader !== undefined) {
        reader.envelope(envelope, acknowledge);
        return;
      }
      const wait = await answering.receive(mailbox, envelope, acknowledge);
      if (wait > 0) this.#rest(mailbox, wait);
    });
    this.#inviteTurn = turn.catch(() => {});
    return turn;
  }

  /** One after the other, as an acknowledgement means everything before it too. */
  #receiveForRecovery(
    contactId: string,
    mailbox: string,
    envelope: Uint8Array,
    acknowledge: Acknowledge,
  ): Promise<void> {
    const turn = this.#recoveryTurn.then(async () => {
      if (this.#resting.has(mailbox)) return;
      const wait = await this.#options.recovery.receive(contactId, mailbox, envelope);
      if (wait > 0) this.#rest(mailbox, wait);
      else void acknowledge();
    });
    this.#recoveryTurn = turn.catch(() => {});
    return turn;
  }

  /** Lets go of a mailbox, so that nothing of it is acknowledged any more; later the server delivers it all again. */
  #rest(mailbox: string, wait = REREAD_AFTER): void {
    const { sockets, clock } = this.#options;
    const place = this.#placeOf(mailbox);
    if (place === undefined || this.#resting.has(mailbox)) return;
    this.#resting.add(mailbox);
    sockets.to(place.server).closeMailbox(mailbox);
    clock.after(wait, () => {
      this.#resting.delete(mailbox);
      const now = this.#placeOf(mailbox);
      if (now !== undefined) sockets.to(now.server).openMailbox(now.key);
    });
  }

  #placeOf(mailbox: string): Place | undefined {
    const place = this.#places.get(mailbox);
    if (place !== undefined) return place;
    const row = this.#options.invites.at(mailbox)?.row;
    return row && { server: row.server, key: row.replyKey };
  }
}
