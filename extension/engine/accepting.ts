/**
 * Accepting somebody's invite (PROTOCOL 2): its bundle is fetched, answered by a handshake that goes into the outbox, and
 * removed once that is at the server, so that nobody else picks it up.
 */
import {
  CryptoError,
  type Invite,
  identityHash,
  initiate,
  mailboxIdOf,
  openBundle,
  publicIdentity,
  rendezvousKey,
} from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import { isServer } from './address.ts';
import { atMost } from './clock.ts';
import type { Contact } from './contacts.ts';
import { sameBytes, toHex } from './encoding.ts';
import { guestPassOf } from './guests.ts';
import { readPasted } from './read-invite.ts';
import { REMOVAL_PATIENCE, type Rendezvous } from './rendezvous.ts';
import { detach } from './report.ts';
import { type SessionOptions, startSession } from './start-session.ts';
import { step } from './steps.ts';
import type { Database } from './storage/database.ts';
import { Surely } from './surely.ts';

/**
 * Where the server does not let an accepted invite's bundle be removed, it is left to itself after as long as one keeps
 * mail unless its operator chose otherwise. Milliseconds.
 */
const REMOVAL_MAX = 14 * 24 * 3600 * 1000;

export interface AcceptingOptions extends SessionOptions {
  readonly database: Database;
  readonly rendezvous: Rendezvous;
  /** A contact was made, or made anew. */
  contactMade(contact: Contact): void;
}

export class Accepting {
  readonly #options: AcceptingOptions;
  /** Who waits until the bundle of an invite that was just accepted is gone, by rendezvous. */
  readonly #accepted = new Map<string, () => void>();
  /** Invites that are being accepted, by rendezvous: whoever asks twice gets the one answer. */
  readonly #running = new Map<string, Promise<string>>();
  /** Where an accepted invite's bundle is being removed: the server of one may be gone, and another's not. */
  readonly #finishing = new Set<string>();
  readonly #surely: Surely;

  constructor(options: AcceptingOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  /** Goes on with what a stop interrupted. */
  start(): void {
    for (const contact of this.#options.contacts.all()) this.finish(contact);
  }

  /**
   * Accepts an invite, which the person says is from `expected`; resolves with the contact once it is safe on disk.
   * Throws a `BridgeError`.
   */
  async accept(pasted: string, expected?: string): Promise<string> {
    const { clock, contacts, me } = this.#options;
    const { keys, server: mine } = me();
    const { invite, server } = readPasted(pasted, mine, clock.now());
    if (sameBytes(invite.identityHash, identityHash(publicIdentity(keys))))
      throw new BridgeError('invite-own');
    const key = rendezvousKey(invite);
    const mailbox = toHex(mailboxIdOf(key));
    // A second handshake over the same one-time keys would leave the two with different sessions.
    const done = contacts
      .all()
      .find(({ row }) => row.rendezvous !== undefined && sameBytes(row.rendezvous.key, key));
    if (done !== undefined) return contacts.person(done).id;
    const running = this.#running.get(mailbox) ?? this.#acceptNow(invite, server, key, expected);
    this.#running.set(mailbox, running);
    try {
      return await running;
    } finally {
      this.#running.delete(mailbox);
    }
  }

  async #acceptNow(
    invite: Invite,
    server: string,
    key: Uint8Array,
    expected: string | undefined,
  ): Promise<string> {
    const { keys } = this.#options.me();
    const sealed = await this.#options.rendezvous.fetch(server, key);
    let contact: Contact;
    try {
      const bundle = openBundle(invite, sealed);
      // Its maker signed what they liked.
      if (!isServer(bundle.reply.server)) throw new BridgeError('invite-used-or-withdrawn');
      // It is good at the server that made it, which is where its giver reads.
      const guestPass = bundle.reply.server === server ? bundle.guestPass : undefined;
      if (guestPass !== undefined && !this.#isAtHome(server)) await this.#options.passes.noteGuest(server);
      if (__ASIDE_STEP_HOOKS__) await step('accept:before-commit');
      contact = await startSession(this.#options, 'their-invite', bundle.identity, {
        ...initiate({ me: keys, invite, bundle }),
        write: bundle.reply,
        server,
        guestPass,
        rendezvous: { key, server, since: this.#options.clock.now() },
        stage: 'waiting',
        expected,
      });
    } catch (error) {
      this.#options.rendezvous.leave(server, key);
      // Only the server could have put it there: nothing to do with this invite any more.
      if (error instanceof CryptoError) throw new BridgeError('invite-used-or-withdrawn');
      throw error;
    }
    if (__ASIDE_STEP_HOOKS__) await step('accept:committed');
    this.#options.contactMade(contact);
    const mailbox = toHex(mailboxIdOf(key));
    const removed = new Promise<void>((done) => this.#accepted.set(mailbox, done));
    await atMost(this.#options.clock, REMOVAL_PATIENCE, removed);
    this.#accepted.delete(mailbox);
    return this.#options.contacts.person(contact).id;
  }

  /** Whether I read at a server for somebody whose guest I am not: nobody's invite makes me a guest there. */
  #isAtHome(server: string): boolean {
    return this.#options.contacts
      .all()
      .some(
        ({ row }) => guestPassOf(row, server) === undefined && row.read.some((one) => one.server === server),
      );
  }

  /** Removes an accepted invite's bundle; called when my first message reached the server, and at every start. */
  finish(contact: Contact): void {
    const { rendezvous } = contact.row;
    if (rendezvous === undefined) return;
    const { outbox, contacts, clock } = this.#options;
    const mailbox = toHex(mailboxIdOf(rendezvous.key));
    // One of every envelope that reaches the server calls this; the removal needs one of them.
    if (outbox.sending.waitingForFirst(contact.id) || this.#finishing.has(mailbox)) return;
    this.#finishing.add(mailbox);
    const since = rendezvous.since ?? clock.now();
    // Also by a clock that was put back.
    const left = Math.min(since + REMOVAL_MAX - clock.now(), REMOVAL_MAX);
    const done = async () => {
      await this.#options.rendezvous.empty(rendezvous.server, rendezvous.key, left);
      this.#finishing.delete(mailbox);
      this.#accepted.get(mailbox)?.();
      await this.#surely.do(mailbox, note, () => contacts.has(contact.id));
    };
    const note = () =>
      contacts.change(contact.id, async (_tx, { row }) => {
        if (row.rendezvous !== undefined && sameBytes(row.rendezvous.key, rendezvous.key))
          delete row.rendezvous;
      });
    detach(done());
  }
}
