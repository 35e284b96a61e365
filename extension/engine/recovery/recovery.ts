/**
 * Coming back from a copy (PROTOCOL 6, SPEC 12): where something shows that one of the two was put back to an earlier
 * state, a bundle goes into the other's recovery mailbox, and the other answers it by a new session. What shows it,
 * and taking the answer, is the inbox's; the rules are in ways.ts and pace.ts.
 */
import {
  CryptoError,
  encodeRecoveryKeys,
  type IdentityKeys,
  LAST_GENERATION,
  mailboxIdOf,
  newRecoveryKeys,
  openRecoveryBundle,
  type RecoveryBundle,
  type RecoveryPair,
  renew,
  type Session,
  sealRecoveryBundle,
  sessionHeard,
  wipe,
} from '@aside/wasm-crypto';
import type { Clock } from '../clock.ts';
import type { Contact, Contacts, Working } from '../contacts.ts';
import { decodeNote, encodeNote, type RecoveryNote } from '../content.ts';
import { follow, mayWriteAt } from '../destination.ts';
import { fromHex, sameBytes, toHex } from '../encoding.ts';
import type { Sockets } from '../mail/sockets.ts';
import type { Outbox } from '../outbox.ts';
import { detach } from '../report.ts';
import type { Sealed } from '../sealing.ts';
import type { Transaction } from '../storage/database.ts';
import type { ContactRow, RecoveryRow } from '../storage/rows.ts';
import { countAnew, forgetSession, replaceSession, sealAnew } from './anew.ts';
import { ANSWER_WAIT, ASK_WAIT, paced, waitOf } from './pace.ts';
import { judge, remember, settled, tagOf, wayBeforeMine, wayOfMine } from './ways.ts';

/** A bundle that the server refuses goes there again after this long. Milliseconds. */
const PLACE_AGAIN = 60_000;
/** A bundle that was not answered is put there again after this long, before any server drops it. Milliseconds. */
const PLACED_FOR = 7 * 24 * 3600 * 1000;
/** How often it is looked whether one is that old. Milliseconds. */
const LOOK_AGAIN = 3600_000;

export interface RecoveryOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly sockets: Sockets;
  readonly clock: Clock;
  me(): { readonly keys: IdentityKeys; readonly name: string };
  /** Whether this server sees my address anyway. */
  agreedTo(server: string): boolean;
  /** A contact's session was made anew. */
  renewed(contactId: string): void;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  /** Contacts for whom a look is due already. */
  readonly #timers = new Map<string, () => void>();
  readonly #placing = new Set<string>();
  /** Contacts whom this run of the engine has asked. */
  readonly #asked = new Set<string>();
  /** Contacts whose present business runs. */
  readonly #busy = new Set<string>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Goes on with what a stop interrupted. */
  start(): void {
    this.lookAtAll();
    this.#options.clock.after(LOOK_AGAIN, () => this.start());
  }

  /** A server can be reached again, perhaps one that a bundle waits for. */
  lookAtAll(): void {
    for (const { id } of this.#options.contacts.all()) this.look(id);
  }

  /** Another sign than what arrives that one of the two was put back: nothing arrives (SPEC 12.6). */
  async suspect(contactId: string): Promise<void> {
    await this.#options.contacts.change(contactId, async (_tx, { row }) => {
      row.recovery = { ...row.recovery, suspect: true };
    });
    this.look(contactId);
  }

  /** Does what is due for a contact: asks for a new session where one is needed, places a bundle that is not placed. */
  look(contactId: string): void {
    const { contacts, clock } = this.#options;
    if (!contacts.has(contactId) || this.#busy.has(contactId)) return;
    const { recovery } = contacts.get(contactId).row;
    if (recovery.suspect) {
      const wait = waitOf(recovery.asked, ASK_WAIT, clock.now());
      if (wait > 0) {
        this.#lookIn(contactId, wait);
        return;
      }
      this.#busy.add(contactId);
      const done = async () => {
        try {
          await this.#ask(contactId);
        } finally {
          this.#busy.delete(contactId);
        }
        this.look(contactId);
      };
      detach(done());
      return;
    }
    const { mine } = recovery;
    if (mine === undefined) return;
    const { placed } = mine;
    const now = clock.now();
    // A time to come is of a clock that was put back since: how long it has lain there nobody knows.
    if (placed === undefined || placed > now) detach(this.#place(contactId));
    else if (placed + PLACED_FOR < now) detach(this.#placeAgain(contactId));
  }

  async #placeAgain(contactId: string): Promise<void> {
    await this.#options.contacts.change(contactId, async (_tx, working) => this.#takeOut(working));
    await this.#place(contactId);
  }

  #lookIn(contactId: string, wait: number): void {
    this.#timers.get(contactId)?.();
    const cancel = this.#options.clock.after(wait, () => {
      this.#timers.delete(contactId);
      this.look(contactId);
    });
    this.#timers.set(contactId, cancel);
  }

  /**
   * Asks by a bundle of the next generation. One of this run that waits for its answer is taken out once more; not one of
   * a run before: where the disk was put back since, it was answered in the life that is gone, and is no news to them.
   */
  async #ask(contactId: string): Promise<void> {
    const { contacts, clock } = this.#options;
    const contact = contacts.get(contactId);
    const isOfThisRun = this.#asked.has(contactId);
    await contacts.change(contactId, async (_tx, working) => {
      const { row } = working;
      row.recovery = { ...row.recovery, suspect: false, asked: paced(row.recovery.asked, clock.now()) };
      if (row.recovery.mine !== undefined && isOfThisRun) {
        this.#takeOut(working);
        return;
      }
      const mine = this.#newBundle(contact, row);
      // Without one, only an invite brings them together again.
      if (mine !== undefined) row.recovery = { ...row.recovery, mine };
    });
    this.#asked.add(contactId);
  }

  /**
   * A bundle that nobody has answered is to be placed once more. Where I have heard nothing in the present session, and it
   * has waited for long, another over the way of the introduction before: they may know of the last as little as I do of
   * theirs (SPEC 12.2).
   */
  #takeOut({ id, row, session }: Working): void {
    const { recovery } = row;
    if (recovery.mine === undefined) return;
    const { placed: _, ...mine } = recovery.mine;
    const { contacts, clock } = this.#options;
    // Also by a clock that was put back.
    const isLong = Math.abs(clock.now() - (mine.since ?? 0)) >= PLACED_FOR;
    const before = isLong && !sessionHeard(session) ? wayBeforeMine(recovery) : undefined;
    const other = before === undefined ? undefined : this.#newBundle(contacts.get(id), row, before);
    row.recovery = { ...recovery, mine: other ?? mine };
  }

  /** A bundle of the next generation; nothing where there is no way back, or no generation more. */
  #newBundle(
    { peer }: Contact,
    { recovery, read }: ContactRow,
    way = wayOfMine(recovery) ?? recovery.ways[0],
  ): RecoveryRow['mine'] {
    const [own] = read;
    if (way === undefined || own === undefined) return undefined;
    const waits = way === wayOfMine(recovery) ? recovery.mine : undefined;
    const generation = (waits ?? way).generation + 1;
    if (generation > LAST_GENERATION) return undefined;
    const keys = newRecoveryKeys(generation);
    const note = encodeNote({ v: 1, mailbox: { id: toHex(mailboxIdOf(own.key)), server: own.server } });
    const pair = { me: this.#options.me().keys, peer, recovery: way.secret };
    const bundle = sealRecoveryBundle(pair, keys, note);
    const kept = encodeRecoveryKeys(keys);
    wipe(keys.agreeSecret, keys.kemSecret);
    return { secret: way.secret, generation, keys: kept, bundle, since: this.#options.clock.now() };
  }

  /** Puts my bundle into their recovery mailbox. */
  async #place(contactId: string): Promise<void> {
    const { contacts, sockets, clock, agreedTo } = this.#options;
    const contact = contacts.get(contactId);
    const { mine } = contact.row.recovery;
    const way = wayOfMine(contact.row.recovery);
    if (mine === undefined || way === undefined || this.#placing.has(contactId)) return;
    // Once the person agrees, the socket that this opens brings it about (lookAtAll).
    if (!mayWriteAt(contact.row, way.write.server, agreedTo)) return;
    this.#placing.add(contactId);
    const answer = await sockets.to(way.write.server).store(way.write.id, mine.bundle);
    this.#placing.delete(contactId);
    if (!contacts.has(contactId)) return;
    if (answer.kind === 'refused') this.#lookIn(contactId, Math.max(answer.retryAfter, PLACE_AGAIN));
    // Where the socket went away, its return is what comes next (lookAtAll).
    if (answer.kind !== 'done') return;
    await contacts.change(contactId, async (_tx, { row }) => {
      const present = row.recovery.mine;
      if (present === undefined || !sameBytes(present.bundle, mine.bundle)) return;
      row.recovery = { ...row.recovery, mine: { ...present, placed: clock.now() } };
    });
  }

  /**
   * Takes what came into a recovery mailbox of mine. Resolves with 0 once it is dealt with, and may be acknowledged,
   * or with how long it must wait: answering is limited, whoever asks.
   */
  async receive(contactId: string, mailbox: string, envelope: Uint8Array): Promise<number> {
    const { contacts } = this.#options;
    if (!contacts.has(contactId)) return 0;
    const contact = contacts.get(contactId);
    const read = this.#read(contact, mailbox, envelope);
    // Both know this mailbox's key, so that what is no bundle of theirs is nobody's loss.
    if (read === undefined) return 0;
    const result = await contacts.change(contactId, (tx, working) =>
      this.#deal(tx, working, contact, read, tagOf(envelope)),
    );
    if (typeof result === 'number') {
      // An old one may mean that they are behind: then it is for me to ask.
      if (contact.row.recovery.suspect) this.look(contactId);
      return result;
    }
    const { outbox, renewed } = this.#options;
    outbox.sending.forget(contactId);
    forgetSession(contact);
    for (const sealed of result) outbox.committed(sealed);
    renewed(contactId);
    return 0;
  }

  #read(contact: Contact, mailbox: string, envelope: Uint8Array): Read | undefined {
    const way = contact.row.recovery.ways.find(({ read }) => toHex(mailboxIdOf(read.key)) === mailbox);
    if (way === undefined) return undefined;
    const pair = { me: this.#options.me().keys, peer: contact.peer, recovery: way.secret };
    try {
      const bundle = openRecoveryBundle(pair, envelope);
      const note = decodeNote(bundle.note);
      return note === undefined ? undefined : { secret: way.secret, bundle, note };
    } catch (error) {
      if (error instanceof CryptoError) return undefined;
      throw error;
    }
  }

  async #deal(
    tx: Transaction,
    working: Working,
    { peer }: Contact,
    { secret, bundle, note }: Read,
    tag: string,
  ): Promise<Sealed[] | number> {
    const { clock, me, outbox } = this.#options;
    const { row } = working;
    const now = clock.now();
    const way = row.recovery.ways.find((one) => sameBytes(one.secret, secret));
    if (way === undefined || row.recovery.handled.includes(tag)) return 0;
    const { keys, name } = me();
    const verdict = judge(row.recovery, way, bundle, { me: keys.identity, peer });
    if (verdict === 'answer') {
      const wait = waitOf(row.recovery.answered, ANSWER_WAIT, now);
      if (wait > 0) return wait;
    }
    row.recovery = remember(row.recovery, tag);
    if (verdict === 'old') row.recovery = { ...row.recovery, suspect: true };
    if (verdict !== 'answer') return 0;
    const session = answerTo({ me: keys, peer, recovery: secret }, bundle);
    if (session === undefined) return 0;
    replaceSession(working, session);
    const { generation } = bundle;
    const recovery = settled(row.recovery, { ...way, generation });
    row.recovery = { ...recovery, answered: paced(recovery.answered, now) };
    follow(row, { id: fromHex(note.mailbox.id), server: note.mailbox.server }, this.#options.agreedTo);
    countAnew(working);
    return sealAnew(tx, working, outbox, { name }, now);
  }
}

/** A session over a bundle; nothing where its keys are such that none can be agreed on, which coming again does not mend. */
function answerTo(pair: RecoveryPair, bundle: RecoveryBundle): Session | undefined {
  try {
    return renew(pair, bundle);
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

interface Read {
  readonly secret: Uint8Array;
  readonly bundle: RecoveryBundle;
  readonly note: RecoveryNote;
}
