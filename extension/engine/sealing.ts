/** A content of mine: the place that it gets in the sequence, what every one says of theirs, and its sealed bytes. */
import { seal, wipe } from '@aside/wasm-crypto';
import type { Working } from './contacts.ts';
import { CONTENT_VERSION, type Content, type Draft, encodeContent } from './content.ts';
import { nextOrder } from './placing.ts';
import { BEYOND_MAX } from './receipts.ts';
import { runFor, runOf } from './runs.ts';
import type { Transaction } from './storage/database.ts';
import { type OutboxRow, outboxKey } from './storage/rows.ts';

/** What a transaction put into the outbox, for after its commit. */
export interface Sealed {
  readonly key: string;
  readonly row: OutboxRow;
}

/** The content for a draft, with its number, its run and its place; the row is not told of the number yet. */
export function placed(row: Working['row'], draft: Draft, run: string): Content {
  if (draft.kind === 'receipt') {
    const beyond = row.beyond.slice(0, BEYOND_MAX);
    const run = runOf(row.theirRuns, beyond.at(-1) ?? 0);
    return { ...frameOf(row), kind: 'receipt', beyond, ...(run === undefined ? {} : { beyondOf: run.id }) };
  }
  const number = row.sent + 1;
  const numbered = { number, run: runFor(row, run, number) };
  if (draft.kind === 'profile' || draft.kind === 'proof') return { ...frameOf(row), ...draft, ...numbered };
  const order = nextOrder(row);
  return { ...frameOf(row), ...draft, ...numbered, order, begun: row.begun };
}

/** What every content says of theirs. */
export function frameOf({ received, before, theirRuns, clock }: Working['row']) {
  const run = runOf(theirRuns, received);
  const frame = {
    v: CONTENT_VERSION,
    clock,
    ...(run === undefined ? {} : { of: run.id }),
  } as const;
  return before === undefined || before.told
    ? ({ ...frame, seen: received } as const)
    : ({ ...frame, seen: before.seen, before: true } as const);
}

/** Seals content whose place is known, and puts the envelope into the outbox with the session that it advanced. */
export function putSealed(
  tx: Transaction,
  working: Working,
  content: Content,
  at: number,
  messageKey: string | undefined,
): Sealed {
  const plaintext = encodeContent(content);
  const { session, envelope } = seal(working.session, plaintext);
  wipe(plaintext);
  working.session = session;
  const number = content.kind === 'receipt' ? undefined : content.number;
  const row: OutboxRow = {
    contact: working.id,
    ...(number === undefined ? {} : { number }),
    ...(messageKey === undefined ? {} : { messageKey }),
    via: 'none',
    at,
    envelope,
  };
  const key = outboxKey(working.id, number);
  tx.put('outbox', key, row);
  return { key, row };
}
