/**
 * What comes from contacts, over the mailbox or the connection. A batch is opened, applied and committed in one
 * transaction; only then is it acknowledged to whoever brought it (invariant 1). What does not open goes to a bounded
 * quarantine, is acknowledged all the same, and is tried again after any change of the session (PROTOCOL 5).
 */
import {
  CryptoError,
  compareIdentities,
  type IdentityKeys,
  MIN_ENVELOPE,
  open,
  sessionHeard,
} from '@aside/wasm-crypto';
import { plainName } from '../bridge/name.ts';
import type { Clock } from './clock.ts';
import { type Contacts, NO_HOLD, type Working } from './contacts.ts';
import { type Content, ContentError, contentOf, type Profile, type Text } from './content.ts';
import { follow } from './destination.ts';
import { fromHex } from './encoding.ts';
import type { Outbox } from './outbox.ts';
import { hearClock, noteBack, storeText } from './placing.ts';
import { applyProof } from './proof.ts';
import { forgetQuarantine, quarantine } from './quarantine.ts';
import { canHold, confirmedBy, gaps, isFirst, isHeld, noteNumber } from './receipts.ts';
import { countAnew, forgetSession, replaceSession, sealAnew } from './recovery/anew.ts';
import { followsPresent, openAnswer, settled, uncrossed } from './recovery/ways.ts';
import { fitsRun, fitsRunBefore, noteRun } from './runs.ts';
import type { Sealed } from './sealing.ts';
import { step } from './steps.ts';
import type { Transaction } from './storage/database.ts';
import { Surely } from './surely.ts';

/** A receipt waits this long for company: an answer of mine that carries it, more messages of theirs. */
const RECEIPT_DELAY = 30;
/**
 * What waits for the disk, for one contact: a connection has no other bound. Nothing counts as less than the smallest
 * envelope, as a byte that waits takes more memory than itself. Bytes.
 */
const WAITING_MAX = 16 * 1024 * 1024;
/** Envelopes in one transaction: enough to spread its cost, few enough that nobody waits long for the first. */
const BATCH_MAX = 256;
/** How long what came behind a gap waits for what is missing (PROTOCOL 5). Milliseconds. */
const HOLD = 2000;
/** How long an earlier session still opens what another transport overtook, once the new one is heard. Milliseconds. */
const EARLIER_KEPT = 24 * 3600 * 1000;

export interface InboxOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly clock: Clock;
  me(): { readonly keys: IdentityKeys; readonly name: string };
  /** Whether this server sees my address anyway, so that any contact may read there. */
  agreedTo(server: string): boolean;
  /** A contact's state changed; `texts` are their new messages. */
  changed(contactId: string, texts: readonly Text[]): void;
  /** What waited behind a gap is shown from now on. */
  released(contactId: string): void;
  /** The contact moved to another mailbox: writing may have to move. */
  moved(contactId: string): void;
  /** One of us seems to have come back from a copy. */
  suspected(contactId: string): void;
}

/** What a transaction found out, for after its commit. */
export interface Outcome {
  readonly texts: Text[];
  confirmed: string[];
  /** Numbers of mine that they lack although they hold later ones. */
  missing: number[];
  moved: boolean;
  /** A number came before others: what stands up to here is shown, the rest waits for a moment. */
  gapAbove: { readonly number: number; readonly place: number } | undefined;
  alive: boolean;
  /** A sign that one of us came back from a copy (SPEC 12.6). */
  suspect: boolean;
  /** The session is another than before, and this is what waits in it. */
  anew: Sealed[] | undefined;
}

interface Waiting {
  readonly envelope: Uint8Array;
  stored(opened: boolean): void;
  failed(error: unknown): void;
}

interface Queue {
  readonly waiting: Waiting[];
  bytes: number;
}

/** A contact sends faster than the disk writes; what is refused comes again, as nothing acknowledged it. */
export class InboxError extends Error {
  override readonly name = 'InboxError';
  readonly code = 'too-much';
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #running = new Set<string>();
  readonly #receipts = new Set<string>();
  readonly #surely: Surely;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  /** Whether this server sees my address anyway. */
  get agreedTo(): (server: string) => boolean {
    return this.#options.agreedTo;
  }

  /**
   * Takes one envelope; resolves when it is stored, which is when it may be acknowledged, with whether it opened. Rejects
   * where it is not, with an {@link InboxError} where too much waits already.
   */
  receive(contactId: string, envelope: Uint8Array): Promise<boolean> {
    return new Promise((stored, failed) => {
      const queue = this.#queues.get(contactId) ?? { waiting: [], bytes: 0 };
      if (queue.bytes + weightOf(envelope) > WAITING_MAX) {
        failed(new InboxError());
        return;
      }
      this.#queues.set(contactId, queue);
      queue.waiting.push({ envelope, stored, failed });
      queue.bytes += weightOf(envelope);
      // What arrives in the same turn of the event loop, or during a running transaction, is committed together.
      if (!this.#running.has(contactId)) queueMicrotask(() => void this.#run(contactId));
    });
  }

  async #run(contactId: string): Promise<void> {
    if (this.#running.has(contactId)) return;
    this.#running.add(contactId);
    try {
      for (let batch = this.#nextBatch(contactId); batch.length > 0; batch = this.#nextBatch(contactId)) {
        let opened: ReadonlySet<Uint8Array> = new Set();
        try {
          if (__ASIDE_STEP_HOOKS__) await step('receive:before-commit');
          // Nothing of somebody who was removed is kept, and nobody waits for it.
          if (this.#options.contacts.has(contactId)) opened = await this.#commit(contactId, batch);
          if (__ASIDE_STEP_HOOKS__) await step('receive:committed');
        } catch (error) {
          // Removed while it waited for its turn; or it stays where it is.
          if (!this.#options.contacts.has(contactId)) for (const { stored } of batch) stored(false);
          else for (const { failed } of batch) failed(error);
          continue;
        }
        for (const { envelope, stored } of batch) stored(opened.has(envelope));
        if (__ASIDE_STEP_HOOKS__) await step('receive:acknowledged');
      }
    } finally {
      this.#running.delete(contactId);
    }
  }

  #nextBatch(contactId: string): readonly Waiting[] {
    const queue = this.#queues.get(contactId);
    if (queue === undefined) return [];
    const batch = queue.waiting.splice(0, BATCH_MAX);
    for (const { envelope } of batch) queue.bytes -= weightOf(envelope);
    if (queue.waiting.length === 0) this.#queues.delete(contactId);
    return batch;
  }

  /** Returns which of them opened. */
  async #commit(contactId: string, batch: readonly Waiting[]): Promise<ReadonlySet<Uint8Array>> {
    const opened = new Set<Uint8Array>();
    const outcome = await this.#options.contacts.change(contactId, async (tx, working) => {
      const outcome = newOutcome();
      const heard = sessionHeard(working.session);
      for (const { envelope } of batch) {
        if (await this.#take(tx, working, envelope, outcome)) opened.add(envelope);
        else await quarantine(tx, working, envelope, this.#options.clock.now());
      }
      if (outcome.anew !== undefined || (!heard && sessionHeard(working.session)))
        await this.retryAndForget(tx, working, outcome);
      else if (outcome.alive) await this.#retryQuarantine(tx, working, outcome);
      this.#retireEarlier(working);
      if (outcome.suspect) working.row.recovery = { ...working.row.recovery, suspect: true };
      return outcome;
    });
    this.settle(contactId, outcome);
    return opened;
  }

  /** Tries the quarantine again and forgets what still does not open; returns how many opened. */
  async clearQuarantine(contactId: string): Promise<number> {
    let opened = 0;
    const outcome = await this.#options.contacts.change(contactId, async (tx, working) => {
      const outcome = newOutcome();
      opened = await this.retryAndForget(tx, working, outcome);
      return outcome;
    });
    this.settle(contactId, outcome);
    return opened;
  }

  /**
   * Tries the quarantine again, once the present session is one that they write in, and forgets the rest inside the caller's
   * transaction: what neither session opens now, nothing will open any more, and what mattered of it is sealed anew.
   * Returns how many opened.
   */
  async retryAndForget(tx: Transaction, working: Working, outcome: Outcome): Promise<number> {
    const opened = await this.#retryQuarantine(tx, working, outcome);
    forgetQuarantine(tx, working);
    return opened;
  }

  /** What follows the commit of applied content. */
  settle(receiver: string, outcome: Outcome): void {
    const { contacts, outbox, clock, changed, released, moved, suspected } = this.#options;
    // A claimant may have become the contact meanwhile.
    const contact = contacts.get(receiver);
    const contactId = contact.id;
    if (outcome.anew !== undefined) {
      outbox.sending.forget(contactId);
      forgetSession(contact);
      for (const sealed of outcome.anew) outbox.committed(sealed);
    }
    outbox.sending.drop(contactId, outcome.confirmed);
    outbox.sending.resend(contactId, outcome.missing);
    // One gap after another holds nothing back for longer than the first of them does.
    if (outcome.gapAbove !== undefined && contact.hold.until <= clock.now()) {
      const hold = { until: clock.now() + HOLD, above: outcome.gapAbove };
      contact.hold = hold;
      // Also by a clock that was put back meanwhile.
      clock.after(HOLD, () => {
        if (contact.hold === hold) contact.hold = NO_HOLD;
        released(contactId);
      });
    }
    if (outcome.moved) moved(contactId);
    if (outcome.alive) outbox.sending.revive(contactId);
    if (outcome.suspect) suspected(contactId);
    this.receiptsDue(contactId);
    changed(contactId, outcome.texts);
  }

  /** Sends the receipt that the contact's row says is due, after a moment. */
  receiptsDue(contactId: string): void {
    const { contacts, clock, outbox } = this.#options;
    if (!contacts.get(contactId).row.receiptDue || this.#receipts.has(contactId)) return;
    this.#receipts.add(contactId);
    clock.after(RECEIPT_DELAY, () => {
      this.#receipts.delete(contactId);
      const isThere = () => contacts.has(contactId);
      void this.#surely.do(contactId, () => outbox.writeReceipt(contactId), isThere);
    });
  }

  /** Opens and applies one envelope; `false` where it does not open, and then nothing has changed. */
  async #take(tx: Transaction, working: Working, envelope: Uint8Array, outcome: Outcome): Promise<boolean> {
    let content: Content;
    try {
      const opened = open(working.session, envelope);
      content = contentOf(opened.plaintext);
      // Past the bound nothing could be noted as held, and it would be missing for ever: it waits unopened.
      if (!canHold(working.row, content)) return false;
      if (content.kind !== 'receipt' && !fitsRun(working.row, content.number, content.run)) {
        outcome.suspect = true;
        return false;
      }
      working.session = opened.session;
    } catch (error) {
      if (error instanceof CryptoError && error.code === 'duplicate') {
        // They sent it again, so they lack my receipt.
        working.row.receiptDue = true;
        return true;
      }
      if (error instanceof ContentError) return false;
      if (!(error instanceof CryptoError)) throw error;
      if (await this.#takeEarlier(tx, working, envelope, outcome)) return true;
      if (await this.#takeAnswer(tx, working, envelope, outcome)) return true;
      if (SIGNS.has(error.code)) outcome.suspect = true;
      return false;
    }
    await this.apply(tx, working, content, outcome);
    return true;
  }

  /** What was sealed in the session before this one: it is known by its id, and its numbers count no more. */
  async #takeEarlier(
    tx: Transaction,
    working: Working,
    envelope: Uint8Array,
    outcome: Outcome,
  ): Promise<boolean> {
    const { earlier } = working;
    if (earlier === undefined) return false;
    try {
      const { session, plaintext } = open(earlier.session, envelope);
      const content = contentOf(plaintext);
      if (content.kind === 'text' && !fitsRunBefore(working.row, content.number, content.run)) return false;
      working.earlier = { ...earlier, session };
      // Each of us took the other's session for the later one: they would answer in this one for ever.
      if (isFirst(content) && followsPresent(working.row.recovery, content)) {
        const { id, row } = working;
        outcome.suspect = true;
        const { identity } = this.#options.me().keys;
        const { peer } = this.#options.contacts.get(id);
        row.recovery = uncrossed(row.recovery, compareIdentities(identity, peer) < 0);
      }
      if (content.kind !== 'text') return true;
      hearClock(working.row, content.clock);
      const stored = await storeText(tx, working, content, 'earlier', this.#options.clock.now());
      if (stored) outcome.texts.push(content);
      return true;
    } catch (error) {
      if (error instanceof CryptoError) return error.code === 'duplicate';
      if (error instanceof ContentError) return false;
      throw error;
    }
  }

  /** Their answer to my bundle: with it the session is another one. */
  async #takeAnswer(
    tx: Transaction,
    working: Working,
    envelope: Uint8Array,
    outcome: Outcome,
  ): Promise<boolean> {
    const { me, outbox, clock } = this.#options;
    const { keys, name } = me();
    const answer = openAnswer(keys, working.row, envelope);
    if (answer === undefined) return false;
    replaceSession(working, answer.session);
    working.row.recovery = settled(working.row.recovery, answer.way);
    countAnew(working);
    // Their receipts of the session before are no news of what is sealed anew.
    working.row.confirmed = working.row.sent;
    await this.apply(tx, working, answer.content, outcome);
    outcome.anew = await sealAnew(tx, working, outbox, { name }, clock.now());
    return true;
  }

  /** Lets the session before the present one go, a while after the present one has opened something. */
  #retireEarlier(working: Working): void {
    const { earlier, session } = working;
    if (earlier === undefined || !sessionHeard(session)) return;
    const now = this.#options.clock.now();
    const { until = Number.POSITIVE_INFINITY } = earlier;
    if (until <= now) working.earlier = undefined;
    // From now on; and also where the clock was put back, or it would be kept for all that time.
    else if (until > now + EARLIER_KEPT) working.earlier = { ...earlier, until: now + EARLIER_KEPT };
  }

  /** Applies opened content inside the caller's transaction. */
  async apply(tx: Transaction, working: Working, content: Content, outcome: Outcome): Promise<void> {
    const { row } = working;
    outcome.alive = true;
    const place = row.clock;
    hearClock(row, content.clock);
    if (row.stage === 'waiting') row.stage = 'ready';
    const { seen, beyond, isMine } = confirmedBy(row, content);
    outcome.confirmed.push(...(await this.#options.outbox.confirm(tx, working, seen, beyond)));
    // They hold something under these numbers that I know nothing of.
    if (!isMine) outcome.suspect = true;
    if (content.kind === 'receipt') {
      if (isMine) outcome.missing = gaps(seen, content.beyond);
      return;
    }
    row.receiptDue = true;
    // A number counts once: what comes second (a text that its writer gave up, or an invented past) is not shown.
    if (isHeld(row, content) && !isFirst(content)) return;
    noteBack(row, content.run);
    const top = Math.max(row.received, ...row.beyond);
    if (content.number > top + 1 && !isFirst(content) && !isUntold(row))
      outcome.gapAbove ??= { number: top, place };
    if (content.kind === 'profile') {
      applyProfile(working, content, this.#options.agreedTo);
      outcome.moved = true;
    } else if (content.kind === 'proof') applyProof(row, content, this.#options.clock.now());
    else if (content.kind === 'text') {
      const stored = await storeText(tx, working, content, 'present', this.#options.clock.now());
      if (stored) outcome.texts.push(content);
    }
    noteRun(row, content.run);
    noteNumber(row, content.number);
  }

  async #retryQuarantine(tx: Transaction, working: Working, outcome: Outcome): Promise<number> {
    let opened = 0;
    if (working.quarantined === 0) return 0;
    for (const { key, row } of await tx.list('quarantine', `${working.id}/`)) {
      // What is in quarantine gave its sign when it came.
      const { suspect } = outcome;
      const taken = await this.#take(tx, working, row.envelope, outcome);
      outcome.suspect = suspect || (taken && outcome.suspect);
      if (!taken) continue;
      tx.delete('quarantine', key);
      working.quarantined--;
      opened++;
    }
    return opened;
  }
}

function weightOf(envelope: Uint8Array): number {
  return Math.max(envelope.length, MIN_ENVELOPE);
}

export function newOutcome(): Outcome {
  return {
    texts: [],
    confirmed: [],
    missing: [],
    moved: false,
    gapAbove: undefined,
    alive: false,
    suspect: false,
    anew: undefined,
  };
}

function applyProfile({ row }: Working, profile: Profile, agreedTo: InboxOptions['agreedTo']): void {
  const { name, first, number, mailbox } = profile;
  if (number >= (row.profile ?? 0)) {
    row.profile = number;
    const shown = plainName(name);
    row.name = shown === '' ? row.name : shown;
    follow(row, { id: fromHex(mailbox.id), server: mailbox.server }, agreedTo);
  }
  if (!first) return;
  row.follows = profile.follows ?? '';
  row.received = number - 1;
  // Texts of this session may have overtaken its first content; smaller numbers are of a session that is gone.
  row.beyond = row.beyond.filter((held) => held > number);
  if (row.before !== undefined) row.before = { ...row.before, told: true };
}

/** Whether their first word in the present session, which tells where its numbers begin, has yet to come. */
function isUntold({ before }: Working['row']): boolean {
  return before !== undefined && !before.told;
}

/** What a healthy contact's envelopes never are: one of us uses numbers or chains for a second time, or lost some. */
const SIGNS: ReadonlySet<CryptoError['code']> = new Set(['unknown-chain', 'rollback', 'too-far-ahead']);
