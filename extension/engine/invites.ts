/**
 * My invites (PROTOCOL 2): made, placed at the server, used once or withdrawn. What answers them is in answering.ts, and
 * those of others are in accepting.ts.
 */
import {
  createInvite,
  encodeInviteKeys,
  mailboxIdOf,
  randomBytes,
  wipe,
  wipeWithin,
} from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import type { InviteView, TakenView } from '../bridge/types/snapshots.ts';
import { inviteLink } from './address.ts';
import { atMost } from './clock.ts';
import { toHex } from './encoding.ts';
import type { Sockets } from './mail/sockets.ts';
import { REMOVAL_PATIENCE, type Reader, type Rendezvous } from './rendezvous.ts';
import { detach } from './report.ts';
import { isUnspent, type SessionOptions } from './start-session.ts';
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
/** Who accepted an invite removes its bundle; its maker sees to it after this long, in case they could not. */
const REMOVE_USED_AFTER = 5000;

export interface InvitesOptions extends Pick<SessionOptions, 'contacts' | 'clock' | 'me'> {
  readonly database: Database;
  readonly sockets: Sockets;
  readonly rendezvous: Rendezvous;
  changed(): void;
}

/** An invite of mine that was neither used nor withdrawn. */
export interface Unused {
  readonly id: string;
  readonly row: InviteRow;
}

export class Invites {
  readonly #options: InvitesOptions;
  readonly #rows = new Map<string, InviteRow>();
  /** Who waits until an invite works. */
  readonly #placed = new Map<string, () => void>();
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

  /** The unused invite of mine whose answer this mailbox waits for, if it is such a place. */
  at(mailbox: string): Unused | undefined {
    for (const [id, row] of this.#rows) {
      if (row.state !== 'spent' && toHex(mailboxIdOf(row.replyKey)) === mailbox) return { id, row };
    }
    return undefined;
  }

  /** Ends an invite that nobody comes by any more, and sees to its bundle. */
  async end({ id, row }: Unused): Promise<void> {
    await this.#spend(id, row);
    detach(this.#remove(id));
  }

  /** Somebody came by it, which the disk knows: the keys that were are nobody's any more. */
  used({ id, row }: Unused, spent: InviteRow): void {
    this.#holdSpent(id, row, spent);
    this.#options.clock.after(REMOVE_USED_AFTER, () => detach(this.#remove(id)));
    this.#options.changed();
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
      if (left !== undefined) await this.end({ id, row: left });
    };
    clock.after(
      Math.max(row.expiresAt + LATE_ANSWER - clock.now(), 0),
      () => void this.#surely.do(`over ${id}`, end),
    );
  }
}

/** An invite whose one-time keys are gone, so that no handshake opens any more; its bundle is still to be removed. */
export function spentRow(row: InviteRow): InviteRow {
  return { ...row, keys: new Uint8Array(0), state: 'spent' };
}
