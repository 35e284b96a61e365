/**
 * What answers my invites: a handshake that opens makes its writer a contact, or a known one's session anew, where no other
 * handshake of the two crossed it (SPEC 12.9).
 */
import {
  CryptoError,
  compareIdentities,
  decodeInviteKeys,
  type InviteKeys,
  mailboxIdOf,
  publicIdentity,
  recoveryMailboxKey,
  respond,
  wipeWithin,
} from '@aside/wasm-crypto';
import type { Contact } from './contacts.ts';
import { type Content, ContentError, contentOf, type Profile } from './content.ts';
import { toHex } from './encoding.ts';
import { type Invites, spentRow, type Unused } from './invites.ts';
import type { Acknowledge } from './mail/mailboxes.ts';
import { followsPresent } from './recovery/ways.ts';
import { InviteGone, type SessionOptions, shownAs, startSession } from './start-session.ts';
import { step } from './steps.ts';
import type { Database } from './storage/database.ts';

/** Texts that are kept in memory until the content which makes their writer a contact comes. */
const EARLY_MAX = 64;
/**
 * A handshake that may have crossed mine is looked at again this often, until what they say first in the session that I
 * began tells which of the two came before. Milliseconds.
 */
const UNDECIDED_AGAIN = 2000;
/**
 * Who wrote it was there a moment ago and answers mine in seconds, where they ever will: they may have removed me since,
 * or taken back the invite that I accepted. Milliseconds.
 */
const UNDECIDED_MAX = 60_000;

export interface AnsweringOptions extends SessionOptions {
  readonly database: Database;
  readonly invites: Invites;
  /** A contact was made, or made anew. */
  contactMade(contact: Contact): void;
}

export class Answering {
  readonly #options: AnsweringOptions;
  /** Texts that came before the content which makes their writer a contact, by reply mailbox. */
  readonly #early = new Map<string, Uint8Array[]>();
  /** Reply mailboxes where a handshake waits undecided that was looked at since the engine started. */
  readonly #undecided = new Set<string>();

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /**
   * An envelope in a mailbox that is no contact's (yet). The handshake that opens is left to be acknowledged as the
   * new contact's: it is a duplicate by then. Resolves with 0, or with how long the mailbox is to be left alone until it
   * is delivered anew.
   */
  async receive(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<number> {
    const invite = this.#options.invites.at(mailbox);
    if (invite === undefined) return 0;
    const answered = await this.#respond(invite, mailbox, envelope);
    if (answered === 'undecided') return UNDECIDED_AGAIN;
    this.#undecided.delete(mailbox);
    if (answered === 'noise') void acknowledge();
    else if (answered === 'early') {
      // Not acknowledged: it stays at the server until it is stored with the contact that it belongs to.
      const early = this.#early.get(mailbox) ?? [];
      if (early.length < EARLY_MAX) this.#early.set(mailbox, [...early, envelope]);
    } else {
      const early = this.#early.get(mailbox) ?? [];
      this.#early.delete(mailbox);
      await Promise.all(early.map((one) => this.#options.inbox.receive(answered.id, one)));
    }
    return 0;
  }

  /**
   * Takes a handshake and makes its writer a contact. `noise` is what anybody with the link can write here; `early` a
   * content that needs the contact to be there; `undecided` one that may have crossed mine.
   */
  async #respond(
    invite: Unused,
    mailbox: string,
    envelope: Uint8Array,
  ): Promise<Contact | 'noise' | 'early' | 'undecided'> {
    const { contacts, invites, clock, me, contactMade } = this.#options;
    const { id, row } = invite;
    const { keys } = me();
    let answered: ReturnType<typeof respond>;
    let content: Content;
    let oneTime: InviteKeys | undefined;
    try {
      oneTime = decodeInviteKeys(row.keys);
      answered = respond({ me: keys, keys: oneTime, envelope });
      content = contentOf(answered.plaintext);
    } catch (error) {
      if (error instanceof CryptoError || error instanceof ContentError) return 'noise';
      throw error;
    } finally {
      wipeWithin(oneTime);
    }
    if (content.kind !== 'profile') return 'early';
    const known = contacts.byIdentity(answered.peer);
    if (known !== undefined) {
      const begun = toHex(mailboxIdOf(recoveryMailboxKey(answered.recovery, answered.peer)));
      const verdict = this.#judge(known, content, begun);
      if (verdict === 'undecided' && !(await this.#isDecided(invite, mailbox))) return verdict;
      if (verdict === 'leave') {
        await invites.end(invite);
        const taken = shownAs(invite);
        await contacts.change(known.id, async (_tx, { row }) => {
          row.used = { id: taken, at: clock.now() };
        });
        return 'noise';
      }
    }
    const spent = spentRow(row);
    if (__ASIDE_STEP_HOOKS__) await step('respond:before-commit');
    let contact: Contact;
    try {
      contact = await startSession(this.#options, 'my-invite', answered.peer, {
        session: answered.session,
        recovery: answered.recovery,
        server: row.server,
        reply: { key: row.replyKey, server: row.server },
        spent: { id, row: spent },
        first: content,
        stage: 'ready',
        expected: row.contact,
      });
    } catch (error) {
      if (error instanceof InviteGone) return 'noise';
      throw error;
    }
    if (__ASIDE_STEP_HOOKS__) await step('respond:committed');
    invites.used(invite, spent);
    contactMade(contact);
    return contact;
  }

  /**
   * Two who accept each other's invites before either has heard of it begin two sessions: the one that the lower
   * identity key began stays, on both sides (SPEC 12.9). What becomes of a session that a contact `begun`, by their
   * recovery mailbox in it: it is left where their word in the present one says that this came after. Until there is
   * such a word, one that I began may have been there first, or they have removed me since they answered it.
   */
  #judge({ row, peer }: Contact, first: Profile, begun: string): 'take' | 'leave' | 'undecided' {
    if (row.follows === begun) return 'leave';
    const [way] = row.recovery.ways;
    if (way === undefined || !way.accepted || way.generation > 0) return 'take';
    if (followsPresent(row.recovery, first) || row.follows !== undefined) return 'take';
    return compareIdentities(publicIdentity(this.#options.me().keys), peer) > 0 ? 'take' : 'undecided';
  }

  /**
   * Whether they have had their time to say which was first. It goes on while the engine does not run; but what they said
   * meanwhile may come a moment after its start.
   */
  async #isDecided({ id, row }: Unused, mailbox: string): Promise<boolean> {
    const { database, clock } = this.#options;
    const isNew = !this.#undecided.has(mailbox);
    this.#undecided.add(mailbox);
    const now = clock.now();
    if (row.undecided === undefined) {
      await database.write(['invites'], async (tx) => {
        const stored = await tx.get('invites', id);
        if (stored !== undefined && stored.state !== 'spent')
          tx.put('invites', id, { ...stored, undecided: now });
        wipeWithin(stored);
      });
      row.undecided = now;
    }
    return !isNew && Math.abs(now - row.undecided) >= UNDECIDED_MAX;
  }
}
