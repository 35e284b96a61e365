/** What two people may expect of their screens, whatever has befallen them, once all is quiet. */
import { expect } from 'vitest';
import { checkRow } from '../rest.ts';
import type { Side } from './side.ts';

/** What one wrote, on either screen; after an invite that a disk forgot, a text may wait for the next one. */
export async function checkReading(writer: Side, reader: Side, mayWait: boolean): Promise<void> {
  const own = (await writer.screen()).filter(({ from }) => from === 'me');
  const read = await reader.shown('them');
  const title = `what ${writer.person.name} wrote`;
  expect(
    own.map(({ text }) => text),
    `${title}, on their own screen`,
  ).toEqual(writer.mine);
  expect(new Set(read).size, `${title}, once on the other's: ${read.join(', ')}`).toBe(read.length);
  for (const text of read) expect(writer.ever, title).toContain(text);
  const lost = own.filter(
    ({ text, delivery }) =>
      delivery?.state === 'delivered' && !read.includes(text) && !reader.mayLack.has(text),
  );
  expect(
    lost.map(({ text }) => text),
    `${title}, said to be delivered, and on no screen`,
  ).toEqual([]);
  const waiting = own.filter(({ delivery }) => delivery?.state !== 'delivered');
  if (!mayWait)
    expect(
      waiting.map(({ text, delivery }) => `${text} ${delivery?.state}`),
      `${title}, waiting for ever`,
    ).toEqual([]);
  // Of somebody who came back from a copy a text may come after what they wrote later; scenarios hold the rule.
  if (writer.wentBack) return;
  const counted = (texts: readonly string[]) => texts.filter((text) => writer.mine.includes(text));
  expect(counted(read), `${title}, in its order`).toEqual(writer.mine.filter((text) => read.includes(text)));
}

export async function checkOrders(alice: Side, bob: Side): Promise<void> {
  const ids = async (side: Side) => (await side.screen()).map(({ id }) => id);
  expect(await ids(alice), 'one order on both screens').toEqual(await ids(bob));
}

/** The list says what the conversation does; nobody here has read anything. */
export async function checkList(side: Side, name: string): Promise<void> {
  const { contacts } = await side.person.app(() => true);
  expect(contacts.map(({ id }) => id)).toEqual([side.contactId]);
  const [view] = contacts;
  if (view === undefined) return;
  const screen = await side.screen();
  const title = `${side.person.name}'s list`;
  checkRow(view, screen, title);
  const theirs = screen.filter(({ from }) => from === 'them');
  expect(view.unread, `${title}: unread`).toBe(theirs.length);
  expect(side.person.badge, `${title}: the badge`).toBe(theirs.length);
  expect(view.trust.state, `${title}: the key`).toBe('introduced');
  expect(view.name, `${title}: the name`).toBe(name);
  expect(view.quarantined, `${title}: what could not be opened`).toBe(0);
}
