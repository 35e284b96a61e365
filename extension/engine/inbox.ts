/**
 * What comes from contacts, over the mailbox or the connection. A batch is opened, applied and committed in one
 * transaction; only then is it acknowledged to whoever brought it (invariant 1). What does not open goes to a bounded
 * quarantine, is acknowledged all the same, and is tried again after any change of the session (PROTOCOL 5).
 */
import { CryptoError, open, randomBytes } from '@aside/wasm-crypto';
import type { Clock } from './clock.ts';
import { type Contacts, placeUpTo, type Working } from './contacts.ts';
import { type Content, ContentError, decodeContent, type Profile, type Text } from './content.ts';
import { fromHex, toHex } from './encoding.ts';
import type { Outbox } from './outbox.ts';
import { detach } from './report.ts';
import { step } from './steps.ts';
import type { Transaction } from './storage/database.ts';
import { type MessageRow, messageKey, placeOf } from './storage/rows.ts';

/** A contact's envelopes that wait for a session that opens them: enough for a mix-up, too few to fill a disk. */
const QUARANTINE_ENVELOPES = 64;
/** A receipt waits this long for company: an answer of mine that carries it, more messages of theirs. */
const RECEIPT_DELAY = 30;
/** Numbers held beyond a gap; a hostile contact gets no more memory than this. */
const BEYOND_MAX = 256;

export interface InboxOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** A contact's state changed; `texts` are their new messages. */
  changed(contactId: string, texts: readonly Text[]): void;
  /** The contact moved to another mailbox, or proved to have read mine: reading and writing may have to move. */
  moved(contactId: string): void;
}

/** What a transaction found out, for after its commit. */
export interface Outcome {
  readonly texts: Text[];
  confirmed: string[];
  /** Numbers of mine that they lack although they hold later ones. */
  missing: number[];
  moved: boolean;
  gap: boolean;
  alive: boolean;
}

interface Batch {
  readonly envelopes: Uint8Array[];
  readonly done: { readonly stored: () => void; readonly failed: (error: unknown) => void }[];
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #batches = new Map<string, Batch>();
  readonly #running = new Set<string>();
  readonly #receipts = new Set<string>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes one envelope; resolves when it is stored, which is when it may be acknowledged. Rejects where it is not. */
  receive(contactId: string, envelope: Uint8Array): Promise<void> {
    return new Promise((stored, failed) => {
      const batch = this.#batches.get(contactId) ?? { envelopes: [], done: [] };
      this.#batches.set(contactId, batch);
      batch.envelopes.push(envelope);
      batch.done.push({ stored, failed });
      // What arrives in the same turn of the event loop, or during a running transaction, is committed together.
      if (!this.#running.has(contactId)) queueMicrotask(() => void this.#run(contactId));
    });
  }

  async #run(contactId: string): Promise<void> {
    if (this.#running.has(contactId)) return;
    this.#running.add(contactId);
    try {
      for (
        let batch = this.#batches.get(contactId);
        batch !== undefined;
        batch = this.#batches.get(contactId)
      ) {
        this.#batches.delete(contactId);
        if (!this.#options.contacts.has(contactId)) continue;
        try {
          if (__ASIDE_STEP_HOOKS__) await step('receive:before-commit');
          await this.#commit(contactId, batch.envelopes);
          if (__ASIDE_STEP_HOOKS__) await step('receive:committed');
        } catch (error) {
          for (const { failed } of batch.done) failed(error);
          continue;
        }
        for (const { stored } of batch.done) stored();
        if (__ASIDE_STEP_HOOKS__) await step('receive:acknowledged');
      }
    } finally {
      this.#running.delete(contactId);
    }
  }

  async #commit(contactId: string, envelopes: readonly Uint8Array[]): Promise<void> {
    const outcome = await this.#options.contacts.change(contactId, async (tx, working) => {
      const outcome = newOutcome();
      for (const envelope of envelopes) {
        if (await this.#take(tx, working, envelope, outcome)) continue;
        await quarantine(tx, working, envelope, this.#options.clock.now());
      }
      if (outcome.alive) await this.#retryQuarantine(tx, working, outcome);
      return outcome;
    });
    this.settle(contactId, outcome);
  }

  /** Tries the quarantine again and forgets what still does not open; returns how many opened. */
  async clearQuarantine(contactId: string): Promise<number> {
    let opened = 0;
    const outcome = await this.#options.contacts.change(contactId, async (tx, working) => {
      const outcome = newOutcome();
      opened = await this.#retryQuarantine(tx, working, outcome);
      tx.deleteAll('quarantine', `${contactId}/`);
      working.quarantined = 0;
      return outcome;
    });
    this.settle(contactId, outcome);
    return opened;
  }

  /** What follows the commit of applied content. */
  settle(contactId: string, outcome: Outcome): void {
    const { contacts, outbox, clock, changed, moved } = this.#options;
    const contact = contacts.get(contactId);
    outbox.confirmedInMemory(contactId, outcome.confirmed);
    outbox.resend(contactId, outcome.missing);
    if (outcome.gap) contact.holdUntil = clock.now() + 2000;
    if (outcome.moved) moved(contactId);
    if (outcome.alive) outbox.revive(contactId);
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
      if (contacts.has(contactId)) detach(outbox.writeReceipt(contactId));
    });
  }

  /** Opens and applies one envelope; `false` where it does not open, and then nothing has changed. */
  async #take(tx: Transaction, working: Working, envelope: Uint8Array, outcome: Outcome): Promise<boolean> {
    let content: Content;
    try {
      const opened = open(working.session, envelope);
      content = decodeContent(opened.plaintext);
      working.session = opened.session;
    } catch (error) {
      if (error instanceof CryptoError && error.code === 'duplicate') {
        // They sent it again, so they lack my receipt.
        working.row.receiptDue = true;
        return true;
      }
      if (!(error instanceof CryptoError) && !(error instanceof ContentError)) throw error;
      return false;
    }
    await this.apply(tx, working, content, outcome);
    return true;
  }

  /** Applies opened content inside the caller's transaction. */
  async apply(tx: Transaction, working: Working, content: Content, outcome: Outcome): Promise<void> {
    const { row } = working;
    outcome.alive = true;
    if (row.stage === 'waiting') row.stage = 'ready';
    const beyond = content.kind === 'receipt' ? content.beyond : [];
    outcome.confirmed.push(...(await this.#options.outbox.confirm(tx, working, content.seen, beyond)));
    if (content.kind === 'receipt') {
      outcome.missing = gaps(content.seen, content.beyond);
      return;
    }
    row.receiptDue = true;
    if (content.kind === 'profile') {
      applyProfile(working, content);
      outcome.moved = true;
    } else if (content.kind === 'text') {
      const stored = await storeText(tx, working, content, this.#options.clock.now());
      if (stored) outcome.texts.push(content);
    }
    note(row, content.number);
    if (row.beyond.length > 0) outcome.gap = true;
    // They know my mailbox, and nothing of theirs is missing: the invite's reply mailbox has had its day.
    const kept = row.read.filter(({ until }) => until === undefined || row.confirmed < until);
    if (kept.length < row.read.length && row.beyond.length === 0) {
      row.read = kept;
      outcome.moved = true;
    }
  }

  async #retryQuarantine(tx: Transaction, working: Working, outcome: Outcome): Promise<number> {
    let opened = 0;
    if (working.quarantined === 0) return 0;
    for (const { key, row } of await tx.list('quarantine', `${working.id}/`)) {
      if (!(await this.#take(tx, working, row.envelope, outcome))) continue;
      tx.delete('quarantine', key);
      working.quarantined--;
      opened++;
    }
    return opened;
  }
}

export function newOutcome(): Outcome {
  return { texts: [], confirmed: [], missing: [], moved: false, gap: false, alive: false };
}

/** The numbers between what is held without a gap and the last that is held beyond it. */
function gaps(seen: number, beyond: readonly number[]): number[] {
  const held = new Set(beyond);
  const missing: number[] = [];
  for (let number = seen + 1; number < Math.max(0, ...beyond) && missing.length < BEYOND_MAX; number++) {
    if (!held.has(number)) missing.push(number);
  }
  return missing;
}

function applyProfile({ row }: Working, profile: Profile): void {
  row.name = profile.name === '' ? row.name : profile.name;
  row.write = { id: fromHex(profile.mailbox.id), server: profile.mailbox.server };
  if (!profile.first) return;
  row.received = profile.number - 1;
  row.beyond = [];
  if (row.lastTheirs !== undefined) row.theirOffset = Math.max(0, row.lastTheirs.number - profile.number + 1);
}

/** Counts a number of theirs as held, closing the gaps that it closes. */
function note(row: Working['row'], number: number): void {
  if (number <= row.received || row.beyond.includes(number)) return;
  if (number === row.received + 1) row.received = number;
  else if (row.beyond.length < BEYOND_MAX) row.beyond = [...row.beyond, number].sort((a, b) => a - b);
  while (row.beyond[0] === row.received + 1) {
    row.received++;
    row.beyond = row.beyond.slice(1);
  }
}

/**
 * Stores a text at its causal place: after the last message of theirs and after what they had seen of mine. When it
 * fills a gap, the texts behind it move to where they would have been. Returns whether it is a new one.
 */
async function storeText(tx: Transaction, working: Working, text: Text, now: number): Promise<boolean> {
  const { id: contactId, row } = working;
  // Within a session the ratchet sees to it that nothing comes twice; in a new one, what had no receipt comes again.
  if (row.theirOffset !== undefined && (await tx.hasMessage(contactId, 'them', text.id))) return false;
  const number = text.number + (row.theirOffset ?? 0);
  const message: MessageRow = {
    id: text.id,
    from: 'them',
    number,
    seen: text.seen,
    text: text.text,
    at: now,
  };
  const place = await placeFor(tx, working, message, await placeUpTo(tx, working, 'them', number - 1));
  tx.put('messages', messageKey(contactId, place, text.id), message);
  row.unread++;
  if (row.lastTheirs === undefined || number > row.lastTheirs.number) row.lastTheirs = { number, place };
  else await moveLater(tx, working, number, place);
  return true;
}

/** Moves the texts behind a gap that was filled to where they would have been. */
async function moveLater(tx: Transaction, working: Working, number: number, filled: number): Promise<void> {
  let place = filled;
  for (const { key, row } of await tx.messagesAfter(working.id, 'them', number)) {
    place = await placeFor(tx, working, row, place);
    if (placeOf(key) === place) return;
    tx.delete('messages', key);
    tx.put('messages', messageKey(working.id, place, row.id), row);
    if (row.number === working.row.lastTheirs?.number) working.row.lastTheirs = { number: row.number, place };
  }
}

async function placeFor(
  tx: Transaction,
  working: Working,
  message: MessageRow,
  previous: number,
): Promise<number> {
  return Math.max(previous, await placeUpTo(tx, working, 'me', message.seen)) + 1;
}

async function quarantine(
  tx: Transaction,
  working: Working,
  envelope: Uint8Array,
  at: number,
): Promise<void> {
  if (working.quarantined >= QUARANTINE_ENVELOPES) {
    const rows = await tx.list('quarantine', `${working.id}/`);
    const oldest = rows.sort((a, b) => a.row.at - b.row.at)[0];
    if (oldest !== undefined) tx.delete('quarantine', oldest.key);
  } else working.quarantined++;
  tx.put('quarantine', `${working.id}/${toHex(randomBytes(16))}`, { contact: working.id, at, envelope });
}
