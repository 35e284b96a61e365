/**
 * My invites by link (PROTOCOL 2): made, placed at the server, used once or withdrawn. Those of others are in
 * accepting.ts.
 */
import {
  CryptoError,
  compareIdentities,
  createInvite,
  decodeInviteKeys,
  encodeInviteKeys,
  type InviteKeys,
  mailboxIdOf,
  publicIdentity,
  randomBytes,
  recoveryMailboxKey,
  respond,
  wipe,
  wipeWithin,
} from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import type { InviteView, TakenView } from '../bridge/types/snapshots.ts';
import { inviteLink } from './address.ts';
import { atMost } from './clock.ts';
import type { Contact } from './contacts.ts';
import { type Content, ContentError, contentOf, type Profile } from './content.ts';
import { toHex } from './encoding.ts';
import type { Acknowledge } from './mail/mailboxes.ts';
import type { Sockets } from './mail/sockets.ts';
import { followsPresent } from './recovery/ways.ts';
import { REMOVAL_PATIENCE, type Reader, type Rendezvous } from './rendezvous.ts';
import { detach } from './report.ts';
import { InviteGone, isUnspent, type SessionOptions, shownAs, startSession } from './start-session.ts';
import { step } from './steps.ts';
import type { Database } from './storage/database.ts';
import type { InviteRow } from './storage/rows.ts';
import { Surely } from './surely.ts';

/** How long an invite can be accepted: long enough for a weekend away, well under a server's retention. */
const LIFETIME = 7 * 24 * 3600 * 1000;
/** One that is handed over by words is accepted at once; the hour is for clocks that differ. */
const SPOKEN_LIFETIME = 3600 * 1000;
/**
 * After its date nobody can accept an invite, but who did in time may have been answered by a server alone, while I was
 * away: its keys are kept for as long as a server keeps mail unless its operator chose otherwise. Milliseconds.
 */
const LATE_ANSWER = 14 * 24 * 3600 * 1000;
/** Open invites at a time: each costs two mailboxes, and a list that a person can survey. */
const INVITES_MAX = 20;
/** A bundle that the server refuses is placed again after this long. Milliseconds. */
const PLACE_AGAIN = 2000;
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
/** Who accepted an invite removes its bundle; its maker sees to it after this long, in case they could not. */
const REMOVE_USED_AFTER = 5000;

export interface InvitesOptions extends SessionOptions {
  readonly database: Database;
  readonly sockets: Sockets;
  readonly rendezvous: Rendezvous;
  changed(): void;
  /** A contact was made, or made anew. */
  contactMade(contact: Contact): void;
}

export class Invites {
  readonly #options: InvitesOptions;
  readonly #rows = new Map<string, InviteRow>();
  /** Who waits until an invite works. */
  readonly #placed = new Map<string, () => void>();
  /** Texts that came before the content which makes their writer a contact, by reply mailbox. */
  readonly #early = new Map<string, Uint8Array[]>();
  /** Reply mailboxes where a handshake waits undecided that was looked at since the engine started. */
  readonly #undecided = new Set<string>();
  readonly #surely: Surely;

  constructor(options: InvitesOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  async load(): Promise<void> {
    for (const { key, row } of await this.#options.database.read(['invites'], (tx) => tx.list('invites'))) {
      this.#rows.set(key, row);
    }
  }

  /** Overwrites every invite's keys. Once nothing is under way any more, and nothing comes after it. */
  wipe(): void {
    wipeWithin([...this.#rows.values()]);
  }

  /** Opens the reply mailboxes and goes on with what a stop interrupted. */
  start(): void {
    for (const [id, row] of this.#rows) {
      if (row.state === 'spent') detach(this.#remove(id));
      else {
        this.#options.sockets.to(row.server).openMailbox(row.replyKey);
        if (row.state === 'made') this.#place(id, row);
        this.#expireLater(id, row);
      }
    }
  }

  views(): InviteView[] {
    const now = this.#options.clock.now();
    return [...this.#rows]
      .filter(([, row]) => row.state !== 'spent' && row.spoken === undefined)
      .map(
        ([id, row]) =>
          ({
            id,
            link: inviteLink(row.server, row.text),
            createdAt: row.createdAt,
            expiresAt: row.expiresAt,
            state: row.expiresAt <= now ? 'expired' : row.state === 'placed' ? 'open' : 'placing',
            ...(row.contact === undefined ? {} : { contactId: row.contact }),
          }) satisfies InviteView,
      )
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /**
   * Makes an invite, to connect with a contact again where there is one; it works once its bundle is placed. Throws
   * `invite-limit`.
   */
  async create(contact?: string): Promise<string> {
    if (this.views().filter(({ state }) => state !== 'expired').length >= INVITES_MAX)
      throw new BridgeError('invite-limit');
    const { server } = this.#options.me();
    return this.#make(server, LIFETIME, contact === undefined ? {} : { contact });
  }

  /**
   * Makes an invite to be handed over by `words`, which no list shows, at the server where those are asked about; to connect
   * with a contact again where there is one. It works once it is `placed`.
   */
  async createSpoken(
    words: string,
    server: string,
    contact?: string,
  ): Promise<{ readonly id: string; readonly text: string; readonly placed: Promise<void> }> {
    const id = await this.#make(server, SPOKEN_LIFETIME, {
      spoken: true,
      words,
      ...(contact === undefined ? {} : { contact }),
    });
    const { state, text } = this.#rows.get(id) as InviteRow;
    const placed =
      state === 'made' ? new Promise<void>((placed) => this.#placed.set(id, placed)) : Promise.resolve();
    return { id, text, placed };
  }

  /** Whoever used an invite of mine, by link or by words, the last at the end; who did long ago is no news. */
  taken(): TakenView[] {
    return this.#options.contacts
      .all()
      .flatMap(({ id: contactId, row: { used } }) => (used === undefined ? [] : [{ ...used, contactId }]))
      .sort((a, b) => a.at - b.at)
      .slice(-INVITES_MAX)
      .map(({ id, contactId }) => ({ id, contactId }));
  }

  /** Whether an invite was neither used nor withdrawn. */
  isUnused(id: string): boolean {
    const state = this.#rows.get(id)?.state;
    return state === 'made' || state === 'placed';
  }

  async #make(
    server: string,
    lifetime: number,
    more: Pick<InviteRow, 'contact' | 'spoken' | 'words'>,
  ): Promise<string> {
    const { database, clock, me } = this.#options;
    const { keys } = me();
    const createdAt = clock.now();
    const replyKey = randomBytes(32);
    // The invite's date counts in seconds; rounding down never promises more than the link holds.
    const expires = Math.floor((createdAt + lifetime) / 1000);
    const guestPass = await this.#options.sockets.guestPass(server);
    const made = createInvite({
      me: keys,
      expires,
      reply: { id: mailboxIdOf(replyKey), server },
      ...(guestPass === undefined ? {} : { guestPass }),
    });
    const id = toHex(randomBytes(16));
    const row: InviteRow = {
      text: made.text,
      server,
      createdAt,
      expiresAt: expires * 1000,
      rendezvousKey: made.rendezvousKey,
      replyKey,
      bundle: made.bundle,
      keys: encodeInviteKeys(made.keys),
      ...more,
      state: 'made',
    };
    wipeWithin(made.keys);
    await database.write(['invites'], async (tx) => tx.put('invites', id, row));
    this.#rows.set(id, row);
    this.#options.sockets.to(server).openMailbox(replyKey);
    this.#options.sockets.hurry(server);
    this.#place(id, row);
    this.#expireLater(id, row);
    this.#options.changed();
    return id;
  }

  /** Takes an invite back: its keys go at once, its bundle as soon as the server can be reached. */
  async withdraw(id: string): Promise<void> {
    const row = this.#rows.get(id);
    if (row === undefined) throw new BridgeError('unknown-invite');
    await this.#spend(id, row);
    // Until the bundle is gone somebody could still pick it up, in vain; worth a moment's wait, no more.
    await atMost(this.#options.clock, REMOVAL_PATIENCE, this.#remove(id));
  }

  /**
   * An envelope in a mailbox that is no contact's (yet). The handshake that opens is left to be acknowledged as the
   * new contact's: it is a duplicate by then. Resolves with 0, or with how long the mailbox is to be left alone until it
   * is delivered anew.
   */
  async receive(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<number> {
    for (const [id, row] of this.#rows) {
      if (row.state === 'spent' || toHex(mailboxIdOf(row.replyKey)) !== mailbox) continue;
      const answered = await this.#respond(id, row, mailbox, envelope);
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
      break;
    }
    return 0;
  }

  /** Where an unused invite of mine waits for its answer, if this is such a place. */
  replyMailbox(mailbox: string): { readonly server: string; readonly key: Uint8Array } | undefined {
    for (const row of this.#rows.values()) {
      if (row.state !== 'spent' && toHex(mailboxIdOf(row.replyKey)) === mailbox)
        return { server: row.server, key: row.replyKey };
    }
    return undefined;
  }

  /** Puts the bundle into the rendezvous, which opening it registers, and lets go of it. */
  #place(id: string, row: InviteRow): void {
    const { sockets, database, clock } = this.#options;
    const socket = sockets.to(row.server);
    const mailboxId = mailboxIdOf(row.rendezvousKey);
    const mailbox = toHex(mailboxId);
    const finish = async (waiting: number) => {
      // A stop between placing and noting it leaves a bundle there: then nothing is to be placed.
      const answer = waiting > 0 ? undefined : await socket.store(mailboxId, row.bundle);
      // Withdrawn meanwhile: somebody else sees to the rendezvous.
      if (this.#options.rendezvous.reader(mailbox) !== reader || answer?.kind === 'unsent') return;
      if (answer?.kind === 'refused') {
        const wait = Math.max(answer.retryAfter, PLACE_AGAIN);
        clock.after(wait, () => {
          if (this.#options.rendezvous.reader(mailbox) === reader) detach(finish(0));
        });
        return;
      }
      this.#options.rendezvous.close(row.server, row.rendezvousKey, reader);
      const present = this.#rows.get(id);
      if (present?.state !== 'made') return;
      present.state = 'placed';
      this.#placed.get(id)?.();
      this.#placed.delete(id);
      this.#options.changed();
      const note = () =>
        database.write(['invites'], async (tx) => {
          // Used or withdrawn while the server was asked: a spent invite must not come back.
          const stored = await tx.get('invites', id);
          if (stored?.state === 'made') tx.put('invites', id, { ...stored, state: 'placed' });
          wipeWithin(stored);
        });
      await this.#surely.do(`placed ${id}`, note);
    };
    const reader: Reader = {
      opened: (waiting) => detach(finish(waiting)),
      taken: () => {},
      envelope: () => {},
    };
    this.#options.rendezvous.open(row.server, row.rendezvousKey, reader);
  }

  /**
   * Takes a handshake and makes its writer a contact. `noise` is what anybody with the link can write here; `early` a
   * content that needs the contact to be there; `undecided` one that may have crossed mine.
   */
  async #respond(
    id: string,
    row: InviteRow,
    mailbox: string,
    envelope: Uint8Array,
  ): Promise<Contact | 'noise' | 'early' | 'undecided'> {
    const { keys } = this.#options.me();
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
    const known = this.#options.contacts.byIdentity(answered.peer);
    if (known !== undefined) {
      const begun = toHex(mailboxIdOf(recoveryMailboxKey(answered.recovery, answered.peer)));
      const verdict = this.#judge(known, content, begun);
      if (verdict === 'undecided' && !(await this.#isDecided(id, row, mailbox))) return verdict;
      if (verdict === 'leave') {
        await this.#spend(id, row);
        detach(this.#remove(id));
        const taken = shownAs({ id, row });
        await this.#options.contacts.change(known.id, async (_tx, { row }) => {
          row.used = { id: taken, at: this.#options.clock.now() };
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
    this.#holdSpent(id, row, spent);
    this.#options.clock.after(REMOVE_USED_AFTER, () => detach(this.#remove(id)));
    this.#options.changed();
    this.#options.contactMade(contact);
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
  async #isDecided(id: string, row: InviteRow, mailbox: string): Promise<boolean> {
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

  async #spend(id: string, row: InviteRow): Promise<void> {
    const { database, sockets } = this.#options;
    const spent = spentRow(row);
    const isSpent = await database.write(['invites'], async (tx) => {
      const unspent = await isUnspent(tx, id);
      if (unspent) tx.put('invites', id, spent);
      return unspent;
    });
    // It was used in this moment: its reply mailbox is the new contact's.
    if (!isSpent) return;
    this.#holdSpent(id, row, spent);
    sockets.to(row.server).closeMailbox(toHex(mailboxIdOf(row.replyKey)));
    this.#options.changed();
  }

  /** The disk has it: the keys that were are nobody's any more. */
  #holdSpent(id: string, row: InviteRow, spent: InviteRow): void {
    this.#rows.set(id, spent);
    wipe(row.keys);
  }

  /** Removes a spent invite's bundle from the server, for as long as that may keep it, and then its row. */
  async #remove(id: string): Promise<void> {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    const { database, rendezvous, clock } = this.#options;
    const left = row.expiresAt + LATE_ANSWER - clock.now();
    // Also by a clock that was put back.
    await rendezvous.empty(row.server, row.rendezvousKey, Math.min(left, LIFETIME + LATE_ANSWER));
    await this.#surely.do(`removed ${id}`, async () => {
      await database.write(['invites'], async (tx) => tx.delete('invites', id));
      this.#rows.delete(id);
    });
  }

  #expireLater(id: string, row: InviteRow): void {
    const { clock, changed } = this.#options;
    const present = () => {
      const now = this.#rows.get(id);
      return now === undefined || now.state === 'spent' ? undefined : now;
    };
    clock.after(Math.max(row.expiresAt - clock.now(), 0), () => {
      if (present() !== undefined) changed();
    });
    const end = async () => {
      const left = present();
      if (left === undefined) return;
      await this.#spend(id, left);
      detach(this.#remove(id));
    };
    clock.after(
      Math.max(row.expiresAt + LATE_ANSWER - clock.now(), 0),
      () => void this.#surely.do(`over ${id}`, end),
    );
  }
}

/** An invite whose one-time keys are gone, so that no handshake opens any more; its bundle is still to be removed. */
function spentRow(row: InviteRow): InviteRow {
  return { ...row, keys: new Uint8Array(0), state: 'spent' };
}
