/** What is left behind the screens once all is quiet: rows that nobody needs, work that never ends, what a restart forgets. */
import { expect } from 'vitest';
import { PREVIEW_CHARACTERS } from '../../bridge/types/bounds.ts';
import type { ContactView, MessageView, Snapshots } from '../../bridge/types/snapshots.ts';
import type { Transaction } from '../storage/database.ts';
import type { ContactRow, OutboxRow } from '../storage/rows.ts';
import type { Person } from './person.ts';
import { changeRows } from './rows.ts';
import type { SkipClock } from './skip-clock.ts';

/** An engine at rest looks now and then whether anything is due; it may do so this often within an hour. */
const TIMERS_MAX = 150;
const STEPS = 12;
/** Milliseconds. */
const STEP = 300_000;

/** Mailboxes take turns one in an hour, and the one before is left when nothing has come there for a while. Milliseconds. */
const TURNS = [3000, 2 * 3600_000, 660_000];
/** Turns of a mailbox, and moves, that one after the other may still be due. */
const TURNS_MAX = 8;

/** More rounds than anything honest takes: two who answer each other for ever are found out. */
const ROUNDS_MAX = 1500;

/** Until nothing moves any more that waits for moments only. Throws where that never comes. */
export async function untilQuiet({ clock, moved }: Pick<Resting, 'clock' | 'moved'>): Promise<void> {
  for (let before = -1, quiet = 0, round = 0; quiet < 3; round++) {
    expect(round, 'rounds until nothing moves').toBeLessThan(ROUNDS_MAX);
    quiet = moved() === before ? quiet + 1 : 0;
    before = moved();
    clock.skip(40);
    await new Promise((done) => setTimeout(done, 8));
  }
}

/** What was due goes on until hours go by in which nothing is sent; one mailbox may wait for another to be left. */
export async function comeToRest({
  moved,
  pass,
}: {
  moved(): number;
  pass(time: number): Promise<void>;
}): Promise<void> {
  for (let turn = 0, quiet = 0; turn < TURNS_MAX && quiet < 2; turn++) {
    const before = moved();
    for (const time of TURNS) await pass(time);
    quiet = moved() === before ? quiet + 1 : 0;
  }
}

/** A world at rest. */
export interface Resting {
  readonly clock: SkipClock;
  /** How many engines run in it. */
  readonly engines: number;
  /** How many envelopes have gone anywhere. */
  moved(): number;
  skip(time: number): Promise<void>;
}

/** In an hour in which nobody does anything, nothing is done. Resolves with how many envelopes went all the same. */
export async function hourOf({ clock, engines, moved, skip }: Resting): Promise<number> {
  const [before, fired] = [moved(), clock.fired];
  for (let step = 0; step < STEPS; step++) {
    await skip(STEP);
    await new Promise((done) => setTimeout(done, 5));
  }
  expect(clock.fired - fired, 'timers in an hour of rest').toBeLessThan(TIMERS_MAX * engines);
  return moved() - before;
}

/** Everything that views show and that does not come and go with the network. */
export async function told(person: Person) {
  const { contacts, invites, settings, spoken } = await person.app(() => true);
  const conversations: Snapshots['conversation'][] = [];
  // Two that were written to in one moment stand in either order.
  const byId = contacts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id: contactId } of byId)
    conversations.push(await person.until({ topic: 'conversation', contactId, limit: 2000 }, () => true));
  return {
    contacts: byId.map(({ connection: _, ...contact }) => contact),
    conversations,
    invites,
    settings,
    spoken,
  };
}

/** The row of the list says what the conversation does. */
export function checkRow(view: ContactView, screen: readonly MessageView[], title: string): void {
  const last = screen.at(-1);
  expect(
    view.last && [view.last.text, view.last.from, view.last.at, view.last.delivery],
    `${title}: the last message`,
  ).toEqual(last && [last.text.slice(0, PREVIEW_CHARACTERS), last.from, last.at, last.delivery]);
}

/** What lies on a disk of a contact. */
export interface Lying {
  readonly id: string;
  readonly row: ContactRow;
  readonly outbox: readonly OutboxRow[];
}

/** Each row is somebody's, and of what is over nothing is left. Resolves with the contacts. */
export async function lyingAt({ database, name }: Person): Promise<readonly Lying[]> {
  const tables = ['contacts', 'sessions', 'messages', 'outbox', 'quarantine', 'drafts', 'invites'] as const;
  let lying: Lying[] = [];
  await changeRows(database, tables, async (tx: Transaction) => {
    const contacts = await tx.list('contacts');
    const ids = contacts.map(({ key }) => key).sort();
    expect((await tx.keys('sessions', '')).sort(), `${name}: sessions`).toEqual(ids);
    for (const table of ['messages', 'outbox', 'quarantine', 'drafts'] as const)
      for (const key of await tx.keys(table, ''))
        expect(ids, `${name}: ${table}`).toContain(key.split('/')[0]);
    const spent = (await tx.list('invites')).filter(({ row }) => row.state === 'spent');
    expect(spent, `${name}: spent invites`).toEqual([]);
    expect(await tx.keys('quarantine', ''), `${name}: quarantine`).toEqual([]);
    const outbox = (await tx.list('outbox')).map(({ row }) => row);
    lying = contacts.map(({ key, row }) => ({
      id: key,
      row,
      outbox: outbox.filter(({ contact }) => contact === key),
    }));
  });
  return lying;
}

/** Of somebody who has heard all and was heard nothing waits. */
export function checkDone({ row, outbox }: Lying, title: string): void {
  expect(
    outbox.map(({ number, messageKey }) => [number, messageKey]),
    `${title}: outbox`,
  ).toEqual([]);
  const { receiptDue, beyond, next, rendezvous, recovery } = row;
  expect(
    { receiptDue, beyond, next, rendezvous, suspect: recovery.suspect, mine: recovery.mine },
    title,
  ).toEqual({
    receiptDue: false,
    beyond: [],
    next: undefined,
    rendezvous: undefined,
    suspect: false,
    mine: undefined,
  });
  expect(row.confirmed, `${title}: confirmed`).toBe(row.sent);
}

/** Whom a contact writes to reads at the place that they were told of last, and nowhere else any more. */
export function checkPlaces({ row: { read } }: Lying, title: string): void {
  expect(read.length, `${title}: mailboxes`).toBe(1);
}
