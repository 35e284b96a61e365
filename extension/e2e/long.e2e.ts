import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElementHandle } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { backUp } from '../engine/testing/back-up.ts';
import { Person as EnginePerson } from '../engine/testing/person.ts';
import type { Person } from '../launch/conversation.mjs';
import { names } from '../launch/names.mjs';
import { en } from '../locales/en.ts';
import { type Stage, staged } from './stage.ts';

const PASSPHRASE = 'orbit velvet canyon';
/** Several pages of a thread. */
const COUNT = 250;
const FOUND_AT = 123;

const textOf = (n: number) => (n === FOUND_AT ? `Message ${n}: the lantern by the weir` : `Message ${n}`);

/**
 * Two people talk at length at a real server, engine to engine, for typing it all would take minutes.
 *
 * @returns the back-ups that each of them makes of it
 */
async function longTalk(server: string): Promise<{ readonly alice: Uint8Array; readonly bob: Uint8Array }> {
  const alice = await new EnginePerson('Alice', server).begin();
  const bob = await new EnginePerson('Bob', server).begin();
  try {
    const toAlice = await bob.accept(await alice.invite());
    const toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
    await bob.contact(({ stage }) => stage === 'ready');
    for (let n = 0; n < COUNT; n++) await alice.send(toBob, textOf(n));
    const delivered = bob.conversation(toAlice, (all) => all.length === COUNT);
    const known = alice.conversation(
      toBob,
      (all) => all.length === COUNT && all.every(({ delivery }) => delivery?.state === 'delivered'),
    );
    await Promise.all([delivered, known]);
    return { alice: await backUp(alice, PASSPHRASE), bob: await backUp(bob, PASSPHRASE) };
  } finally {
    alice.stop();
    bob.stop();
  }
}

/** Begins with a back-up, as whoever has a new browser does. */
async function comeBack(person: Person, file: string): Promise<void> {
  await person.press(en.restore.link);
  const field = await person.wait('the field for the file', () =>
    person.page.$('input[type=file]').then((found) => found ?? undefined),
  );
  await (field as ElementHandle<HTMLInputElement>).uploadFile(file);
  await person.press(en.lock.showOf(en.restore.passphrase));
  await person.type(en.restore.passphrase, PASSPHRASE);
  await person.press(en.restore.start);
  await person.find('button', names.invite);
}

/** Whether the message is on the screen, and not only in the page. */
const isInSight = (person: Person, text: string) =>
  person.page.evaluate((sought) => {
    const all = [...document.querySelectorAll('article')];
    const one = all.find((article) => article.querySelector('p')?.firstChild?.textContent === sought);
    if (one === undefined) return false;
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  }, text);

const waitForSight = (person: Person, text: string) =>
  person.wait(`“${text}” to be in sight`, () => isInSight(person, text));

/** Looks for the words in the search that is open, and opens the one message that has them. */
async function lookFor(person: Person, field: string, words: string, found: string): Promise<void> {
  await (await person.find('searchbox', field)).type(words);
  await person.wait('it to be counted', async () =>
    (await person.text()).includes(en.search.found(0, '1', 1)),
  );
  // It may have been found by the first letters already, and again by all of them: in a row of another time.
  await person.wait('the message to be found', async () => {
    for (const button of await person.page.$$('aria/[role="button"]')) {
      const text = await button.evaluate((element) => element.textContent ?? '').catch(() => '');
      if (!text.endsWith(found)) continue;
      return button.click().then(
        () => true,
        () => false,
      );
    }
    return undefined;
  });
  await waitForSight(person, found);
}

/**
 * From the list and from the conversation to a message of long ago, back to the first and on to the newest.
 *
 * @param toEnd the button that leads to the newest from what was found
 */
async function findAndRead(person: Person, contact: string, toEnd: string): Promise<void> {
  await person.press(names.menu);
  await person.press(en.search.open, 'menuitem');
  await lookFor(person, en.search.open, 'LANTERN', textOf(FOUND_AT));
  // Around what was found, neither the beginning nor the end is there yet.
  const shown = (await person.messages()).map(({ text }) => text);
  expect(shown).not.toContain(textOf(0));
  expect(shown).not.toContain(textOf(COUNT - 1));

  await person.press(toEnd);
  await waitForSight(person, textOf(COUNT - 1));
  await person.press(en.search.with(contact));
  await lookFor(person, en.search.with(contact), 'weir', textOf(FOUND_AT));

  // Read back as one scrolls, until there is nothing older.
  const thread = await person.find('region', en.thread.label(contact));
  await person.wait('the beginning', async () => {
    await thread.evaluate((element) => element.scrollTo(0, 0));
    return isInSight(person, textOf(0));
  });
  expect(await person.look('button', en.thread.older)).toBeUndefined();
  await person.press(en.thread.toEnd);
  await waitForSight(person, textOf(COUNT - 1));
}

describe('a conversation of hundreds of messages', () => {
  it('is searched from the list and in itself, and read from its beginning to its newest, in both browsers', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'aside-long-'));
    return staged(context, async ({ services, arrive }: Stage) => {
      const [files, alice, bob] = await Promise.all([
        longTalk(services.server),
        arrive('Alice', 'chromium'),
        arrive('Bob', 'firefox'),
      ]);
      await Promise.all(
        (
          [
            [alice, files.alice, 'Bob', en.thread.toEnd],
            // Bob has read nothing yet: what led to a message of long ago is no reading.
            [bob, files.bob, 'Alice', en.thread.toUnread(COUNT)],
          ] as const
        ).map(async ([person, bytes, contact, toEnd]) => {
          const file = join(folder, `${person.name}.aside`);
          writeFileSync(file, bytes);
          await comeBack(person, file);
          await findAndRead(person, contact, toEnd);
        }),
      );
    }).finally(() => rmSync(folder, { recursive: true, force: true }));
  });
});
