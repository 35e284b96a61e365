/** What each of three may expect of their screens, whatever has befallen them, once all is quiet. */
import { expect } from 'vitest';
import { PREVIEW_CHARACTERS } from '../../../bridge/types/bounds.ts';
import type { ContactView, MessageView } from '../../../bridge/types/snapshots.ts';
import { checkRow } from '../rest.ts';
import type { Bond } from './bond.ts';
import type { Circle } from './circle.ts';
import type { Member } from './member.ts';

/** How long the keys of an invite are kept after its date. Milliseconds. */
const LATE_ANSWER = 14 * 24 * 3600_000;

export async function checkCircle(circle: Circle): Promise<void> {
  for (const member of circle.all) {
    await checkLists(circle, member);
    for (const bond of member.bonds) await checkBond(circle, member, bond);
  }
}

/** Everybody whom one knows, once, the newest conversation first; invites that nobody has used; how much is unread. */
async function checkLists(circle: Circle, member: Member): Promise<void> {
  const { contacts, invites, settings } = await member.app();
  expect(contacts.map(({ id }) => id).sort(), `${member.key}'s contacts`).toEqual(
    member.bonds.map(({ contactId }) => contactId).sort(),
  );
  const latest = contacts.map(({ last, since }) => last?.at ?? since);
  expect(latest, `${member.key}'s contacts, the newest first`).toEqual(latest.toSorted((a, b) => b - a));
  const unread = contacts.reduce((sum, one) => sum + one.unread, 0);
  expect(member.person.badge, `${member.key}'s badge`).toBe(unread);
  expect(settings.name).toBe(member.name);
  // Invites that were used since a copy was made stand there as if they were not.
  if (member.wentBack) return;
  const now = circle.clock.now();
  const open = circle.links.filter(
    ({ maker, state, expiresAt }) =>
      maker === member.key && state === 'open' && now < expiresAt + LATE_ANSWER / 2,
  );
  const stated = invites.flatMap(({ id, state, expiresAt }) =>
    now < expiresAt + LATE_ANSWER / 2 ? [`${id} ${state}`] : [],
  );
  expect(stated.sort(), `${member.key}'s invites`).toEqual(
    open.map(({ id, expiresAt }) => `${id} ${now < expiresAt ? 'open' : 'expired'}`).sort(),
  );
}

async function checkBond(circle: Circle, member: Member, bond: Bond): Promise<void> {
  const title = `${member.key}'s conversation with ${bond.key}`;
  const view = (await member.view(bond)) as ContactView;
  const screen = await member.screen(bond);
  checkScreen(circle, bond, screen, title);
  checkView(bond, view, screen, title);
  const { engine } = member.person;
  const watch = { topic: 'conversation', contactId: view.id, limit: 2000 } as const;
  const { draft, keyChanges, firstUnread } = await member.person.until(watch, () => true);
  expect(draft, `${title}: the draft`).toBe(bond.draft);
  expect(keyChanges.length, `${title}: lines`).toBe(bond.changes + bond.claimants.length);
  const readTo = screen.findIndex(({ id }) => id === bond.readTo);
  const first = screen.find(({ from }, at) => from === 'them' && at > readTo);
  if (bond.claimants.length === 0) expect(firstUnread, `${title}: the first unread`).toBe(first?.id);
  const other = circle.holder(bond.key);
  const theirs = other?.hearing(member.key);
  if (other === undefined || theirs === undefined || !bond.finds(theirs, member.key)) {
    // Nobody hears it, and nobody says that it failed.
    for (const { text, delivery } of screen)
      if (delivery?.state === 'failed') expect(bond.failed, `${title}: ${text}`).toContain(text);
    return;
  }
  const isAnswered = circle.isAnswered(member, bond);
  await checkHeard(circle, { bond, screen, other, isAnswered, title });
  expect(view.moveTo, `${title}: a move`).toBeUndefined();
  if (!isAnswered || bond.claimants.length > 0) return;
  expect(view.stage, `${title}: the stage`).toBe('ready');
  expect(view.safety.digits, `${title}: the safety number`).toBe(bond.digits);
  // Who was put back has forgotten what they said of themselves since.
  if (bond.wentBack || theirs.wentBack) return;
  expect(view.name, `${title}: the name`).toBe(bond.alias ?? other.name);
  if (theirs.attached === undefined) return;
  const { text } = await engine.handle({ type: 'their-proof', contactId: view.id });
  expect(text, `${title}: the statement`).toBe(theirs.attached);
  expect(view.proof.theirs !== undefined, `${title}: that there is a statement`).toBe(theirs.attached !== '');
}

/** Mine as I wrote it, theirs once each and in their order, nothing gone that was there, and no answer before what it answers. */
function checkScreen(circle: Circle, bond: Bond, screen: readonly MessageView[], title: string): void {
  const texts = screen.map(({ text }) => text);
  const theirs = screen.flatMap(({ from, text }) => (from === 'them' ? [text] : []));
  expect(
    screen.flatMap(({ from, text }) => (from === 'me' ? [text] : [])),
    `${title}: mine`,
  ).toEqual(bond.mine);
  expect(new Set(theirs).size, `${title}: once each: ${theirs.join(', ')}`).toBe(theirs.length);
  for (const text of theirs) {
    const by = circle.written.get(text)?.by ?? '';
    expect(bond.voices.has(by), `${title}: who wrote ${text}`).toBe(true);
  }
  for (const text of bond.shown) expect(texts, `${title}: what was there`).toContain(text);
  // Of somebody who was put back a text may come before what they had written; scenarios hold the rule.
  if (bond.wentBack) return;
  for (const [at, text] of texts.entries()) {
    const late = (circle.written.get(text)?.after ?? []).filter((before) => texts.indexOf(before) > at);
    expect(late, `${title}: written before ${text}, among ${texts.join(', ')}`).toEqual([]);
  }
}

/** The row of the list says what the conversation does, and what was decided, begun and called. */
function checkView(bond: Bond, view: ContactView, screen: readonly MessageView[], title: string): void {
  checkRow(view, screen, title);
  const unread = screen.filter(({ from, text }) => from === 'them' && !bond.read.has(text));
  expect(view.unread, `${title}: unread, of ${unread.map(({ text }) => text).join(', ')}`).toBe(
    unread.length,
  );
  expect(view.trust.state, `${title}: what is known of the key`).toBe(bond.trust);
  expect(view.quarantined, `${title}: what could not be opened`).toBe(0);
  expect(view.draft ?? '', `${title}: the draft in the list`).toBe(bond.draft.slice(0, PREVIEW_CHARACTERS));
  if (bond.alias !== undefined) expect(view.name, title).toBe(bond.alias);
  // Shown is what is said of the key that is to be decided about, which was told nothing yet.
  const mine = bond.claimants.length === 0 && (bond.attached ?? '') !== '';
  expect(view.proof.mine !== undefined, `${title}: that mine is attached`).toBe(mine);
}

interface Heard {
  readonly bond: Bond;
  readonly screen: readonly MessageView[];
  readonly other: Member;
  readonly isAnswered: boolean;
  readonly title: string;
}

/** All that was written is delivered, and on the other's screen; both screens have one order. */
async function checkHeard(circle: Circle, { bond, screen, other, isAnswered, title }: Heard): Promise<void> {
  const mine = screen.filter(({ from }) => from === 'me');
  const states = mine.map(({ text, delivery }) => `${text} ${delivery?.state}`);
  const expected = bond.mine.map((text) => `${text} ${bond.failed.has(text) ? 'failed' : 'delivered'}`);
  const stated = isAnswered ? states : states.map((state) => state.replace(/ sent$/, ' delivered'));
  expect(stated, `${title}: delivery`).toEqual(expected);
  const read = new Set<string>();
  for (const one of other.bonds) for (const { text } of await other.screen(one)) read.add(text);
  const lost = bond.mine.filter(
    (text) => !bond.failed.has(text) && !read.has(text) && !other.mayLack.has(text),
  );
  expect(lost, `${title}: said to be delivered, and on no screen`).toEqual([]);
  const theirs = circle.all.flatMap((member) => (member === other ? other.bonds : []));
  const same = theirs.find((one) => one.isWhole && circle.counterpart(other, one) === bond);
  if (!bond.isWhole || bond.wentBack || same === undefined) return;
  const ids = (messages: readonly MessageView[]) => messages.map(({ id }) => id);
  expect(ids(screen), `${title}: one order on both screens`).toEqual(ids(await other.screen(same)));
}
