/** What is left behind the screens once all is quiet: rows that nobody needs, work that never ends. */
import { expect } from 'vitest';
import type { Snapshots } from '../../../bridge/types.ts';
import { changeRows } from '../rows.ts';
import type { Circle } from './circle.ts';
import { type Member, PASSPHRASE } from './member.ts';

/** An engine at rest looks now and then whether anything is due; it may do so this often within an hour. */
const TIMERS_MAX = 150;
const STEPS = 12;
/** Milliseconds. */
const STEP = 300_000;

/** Behind {@link Circle.settle}. */
export async function checkRest(circle: Circle): Promise<void> {
  await checkQuiet(circle);
  for (const member of circle.all) {
    const { engine } = member.person;
    if ((await member.app()).lock.passphrase)
      await engine.handle({ type: 'remove-passphrase', current: PASSPHRASE });
    const before = await told(member);
    await member.leave();
    await checkRows(circle, member);
    await member.come();
    expect(await told(member), `${member.key} after a restart`).toEqual(before);
  }
}

/** In an hour in which nobody does anything, nothing is done. */
async function checkQuiet(circle: Circle): Promise<void> {
  const [moved, fired] = [circle.moved, circle.clock.fired];
  for (let step = 0; step < STEPS; step++) {
    await circle.skip(STEP);
    await new Promise((done) => setTimeout(done, 5));
  }
  const isHeard = circle.all.every((member) =>
    member.bonds.every((bond) => circle.counterpart(member, bond) !== undefined),
  );
  // What nobody takes goes again as often as a server drops it.
  if (isHeard) expect(circle.moved - moved, 'envelopes in an hour of rest').toBe(0);
  expect(circle.clock.fired - fired, 'timers in an hour of rest').toBeLessThan(
    TIMERS_MAX * circle.all.length,
  );
}

/** Everything that views show and that does not come and go with the network. */
async function told(member: Member) {
  const { contacts, invites, settings, spoken } = await member.app();
  const conversations: Snapshots['conversation'][] = [];
  for (const { id: contactId } of contacts)
    conversations.push(
      await member.person.until({ topic: 'conversation', contactId, limit: 2000 }, () => true),
    );
  return {
    contacts: contacts.map(({ connection: _, ...contact }) => contact),
    conversations,
    invites,
    settings,
    spoken,
  };
}

/** Each row is somebody's, and nothing waits for what has come. */
async function checkRows(circle: Circle, member: Member): Promise<void> {
  const tables = ['contacts', 'sessions', 'messages', 'outbox', 'quarantine', 'drafts', 'invites'] as const;
  await changeRows(member.person.database, tables, async (tx) => {
    const contacts = new Map((await tx.list('contacts')).map(({ key, row }) => [key, row]));
    const ids = [...contacts.keys()].sort();
    const keys = async (table: (typeof tables)[number]) => tx.keys(table, '');
    expect((await keys('sessions')).sort(), `${member.key}: sessions`).toEqual(ids);
    for (const table of ['messages', 'outbox', 'quarantine', 'drafts'] as const)
      for (const key of await keys(table))
        expect(ids, `${member.key}: ${table}`).toContain(key.split('/')[0]);
    expect(await keys('quarantine'), `${member.key}: quarantine`).toEqual([]);
    const spent = (await tx.list('invites')).filter(({ row }) => row.state === 'spent');
    expect(spent, `${member.key}: spent invites`).toEqual([]);
    const waiting = await tx.list('outbox');
    for (const [id, row] of contacts) {
      const bond = member.bonds.find(({ contactId }) => contactId === id);
      if (bond === undefined || circle.counterpart(member, bond) === undefined) continue;
      const title = `${member.key}'s row of ${bond.key}`;
      const own = waiting.filter((one) => one.row.contact === id);
      expect(
        own.map(({ row }) => [row.number, row.messageKey]),
        `${title}: outbox`,
      ).toEqual([]);
      const { receiptDue, beyond, sent, confirmed, next, rendezvous, recovery, read } = row;
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
      expect(confirmed, `${title}: confirmed`).toBe(sent);
      expect(read.length, `${title}: mailboxes`).toBe(1);
    }
  });
}
