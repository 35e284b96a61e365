import type { KeyInput } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import type { FoundMessage } from '../../bridge/types/snapshots.ts';
import { SEARCH_REST_MS } from '../models/search.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import type { HandClock } from '../testing/hand-clock.ts';
import { BOB, found, WITH_BOB, WITH_MAYA } from '../testing/samples.ts';
import { handsOn } from './hands.ts';
import { pageForEach } from './opened.ts';
import type { FRAMES } from './visit.mjs';

// From a word that somebody remembers to its message, with the keyboard alone, found by role and name.

const { page, gallery } = pageForEach();

/** Opens a scene, whose engine finds these messages for every text that is in their words. */
async function open(scene: string, frame: keyof typeof FRAMES = 'panel'): Promise<void> {
  await openScene(scene, frame);
  const messages = [WITH_BOB, WITH_MAYA].flatMap(({ contactId, messages }) =>
    messages.map((message) => found(contactId, message, message.text)),
  );
  await page().evaluate((all: readonly FoundMessage[]) => {
    const { client } = (globalThis as unknown as { gallery: { client: FakeClient } }).gallery;
    client.answer('search-messages', ({ text, contactId }) => ({
      since: 0,
      found: all.filter(
        (one) =>
          one.excerpt.some((part) => part.text.toLowerCase().includes(text.toLowerCase())) &&
          (contactId === undefined || one.contactId === contactId),
      ),
    }));
  }, messages);
}

const { open: openScene, find, has, keys, focused: focusedNow } = handsOn(page, gallery);

/** Types, and lets the typing rest. */
async function type(text: string): Promise<void> {
  await page().keyboard.type(text);
  await page().evaluate((rest) => {
    (globalThis as unknown as { gallery: { clock: HandClock } }).gallery.clock.pass(rest);
  }, SEARCH_REST_MS);
  await drawn();
}

const drawn = () =>
  page().evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );

/** What has the focus once all that leads to has been drawn. */
async function focused(): Promise<string> {
  await drawn();
  return focusedNow();
}

const status = () =>
  page().$$eval('[role=status]', (all) =>
    all
      .map(({ textContent }) => textContent)
      .join(' ')
      .trim(),
  );

const AT_THE_RIVER = 'Bob 12:02 Shall we meet at the river instead? The café is full of people who know us.';
const FIELD = 'People and messages';

describe('a search in all conversations', () => {
  it('leads from the list to a message, back to what was found, and back to the list, by the keys alone', async () => {
    await open('list');
    await (await find('button', 'Menu')).focus();
    await keys('Enter', 'Enter');
    expect(await focused()).toBe(`searchbox ${FIELD}`);
    await type('er');
    expect(await status()).toBe('4 messages.');
    await keys('ArrowDown', 'ArrowDown', 'ArrowUp');
    expect(await focused()).toBe(`button ${AT_THE_RIVER}`);
    await keys('Enter');
    await find('heading', 'Bob');
    expect(await focused()).toMatch(/^article Bob, 12:02/);
    await keys('Escape');
    expect(await focused()).toBe(`button ${AT_THE_RIVER}`);
    expect(
      await (await find('searchbox', FIELD)).evaluate((field) => (field as HTMLInputElement).value),
    ).toBe('er');
    await keys('Escape');
    expect(await focused()).toBe('button Menu');
  });

  it('finds people too, says how many of each, and where it finds nothing', async () => {
    await open('search-empty');
    await find('heading', 'Search for words or a name.');
    await type('m');
    expect(await status()).toBe('2 people. 6 messages.');
    await find('heading', 'People');
    await find('heading', 'Messages');
    await keys('ArrowDown');
    expect(await focused()).toBe('button Maya');
    await keys('Enter');
    await find('heading', 'Maya');
    await keys('Escape');
    expect(await focused()).toBe('button Maya');
    await (await find('button', 'Clear the search')).click();
    expect(await focused()).toBe(`searchbox ${FIELD}`);
    await find('heading', 'Search for words or a name.');
    expect(await status()).toBe('');
    await type('zeppelin');
    expect(await status()).toBe('Nothing found for “zeppelin”.');
  });

  it('marks what was looked for, and reaches its rows with Tab, one for all', async () => {
    await open('search');
    expect(await page().$$eval('mark', (all) => all.map(({ textContent }) => textContent))).toEqual([
      ...['riv', 'riv', 'riv', 'Riv'],
    ]);
    await (await find('searchbox', FIELD)).focus();
    await keys('Tab', 'Tab');
    expect(await focused()).toBe('button Riva Lindqvist');
    await keys('ArrowDown', 'Tab');
    expect(await focused()).not.toContain('river');
    await page().keyboard.down('Shift');
    await keys('Tab');
    await page().keyboard.up('Shift');
    expect(await focused()).toBe(`button ${AT_THE_RIVER}`);
  });

  it('in a wide view leaves a way back from what it found', async () => {
    await open('search', 'wide');
    await (await find('button', AT_THE_RIVER)).click();
    await find('heading', 'Bob');
    await (await find('button', 'Back')).click();
    expect(await focused()).toBe(`button ${AT_THE_RIVER}`);
  });
});

describe('the field that finds names', () => {
  it.each<[string, readonly KeyInput[]]>([
    ['Enter', ['Enter']],
    ['the arrows', ['ArrowDown', 'ArrowDown', 'Enter']],
  ])('leads to the messages by %s, and back', async (_, some) => {
    await open('list-many');
    await keys('/');
    await page().keyboard.type('bob');
    await keys(...some);
    expect(await focused()).toBe(`searchbox ${FIELD}`);
    await page().evaluate((rest) => {
      (globalThis as unknown as { gallery: { clock: HandClock } }).gallery.clock.pass(rest);
    }, SEARCH_REST_MS);
    expect(
      await (await find('searchbox', FIELD)).evaluate((field) => (field as HTMLInputElement).value),
    ).toBe('bob');
    await keys('Escape');
    expect(await focused()).toBe('button Search messages for “bob”');
  });

  it.each(['Enter', 'the row'])('in a wide view leads on by %s each time', async (how) => {
    await open('list-many', 'wide');
    for (const typed of ['b', 'bo']) {
      await (await find('textbox', 'Search')).focus();
      await keys('End');
      await page().keyboard.type(typed.at(-1) ?? '');
      if (how === 'Enter') await keys('Enter');
      else await (await find('button', `Search messages for “${typed}”`)).click();
      expect(await focused(), typed).toBe('searchbox Search messages');
    }
    expect(
      await (await find('searchbox', 'Search messages')).evaluate(
        (field) => (field as HTMLInputElement).value,
      ),
    ).toBe('bo');
  });

  it('offers the messages where nobody is called so, and where nothing is typed nothing', async () => {
    await open('list-search-nobody');
    expect(await status()).toContain('Nobody called “zz”.');
    await (await find('button', 'Search messages for “zz”')).click();
    expect(await focused()).toBe(`searchbox ${FIELD}`);
    await open('list-many');
    await keys('/', 'Space', 'Enter');
    await find('textbox', 'Search');
  });
});

describe('what comes while a search is open', () => {
  it('moves nothing, is said once, and is shown with the focus on it by a press', async () => {
    await openScene('search-fresh');
    const button = await find('button', '2 new messages');
    expect(await status()).toContain('There is something new.');
    expect(await has('button', 'Bob 12:04 The river has risen.')).toBe(false);
    const top = () => page().$eval('.found', (row) => row.getBoundingClientRect().top);
    const before = await top();
    await button.click();
    expect(await focused()).toBe('button Maya 12:05 Which river?');
    await find('button', 'Bob 12:04 The river has risen.');
    expect(await has('button', '2 new messages')).toBe(false);
    expect(await top()).toBe(before);
  });
});

describe('a search in one conversation', () => {
  it('is reached from its bar, and finds nothing of another', async () => {
    await open('conversation');
    await (await find('button', `Search messages with ${BOB.name}`)).click();
    expect(await focused()).toBe(`searchbox Search messages with ${BOB.name}`);
    await type('er');
    expect(await status()).toBe('2 messages.');
    expect(await has('heading', 'People')).toBe(false);
    await keys('Escape');
    expect(await focused()).toBe(`button Search messages with ${BOB.name}`);
  });

  it('goes on where it failed, and further back where it has found much', async () => {
    await open('search-failed');
    await find('alert', '');
    await (await find('button', 'Try again')).click();
    await drawn();
    expect(await has('button', 'Try again')).toBe(false);
    await open('search-paused');
    expect(await status()).toBe('50 messages.');
    await (await find('button', 'Search further back')).click();
    await drawn();
    expect(await has('button', 'Search further back')).toBe(false);
    expect((await focused()) !== '').toBe(true);
  });
});

it('a search that takes long says so, once, and how far it has come', async () => {
  await open('search-slow');
  expect(await status()).toBe('Searching …');
  expect(await page().$eval('.searching', ({ textContent }) => textContent)).toBe(
    'Searching … back to 8 March',
  );
});

it('nothing that was looked for is left once Aside is locked', async () => {
  await open('search');
  await page().evaluate(() => {
    const { client } = (globalThis as unknown as { gallery: { client: FakeClient } }).gallery;
    client.show({ phase: 'locked' });
  });
  await find('heading', 'Aside is locked.');
  expect(await page().evaluate(() => document.body.textContent)).not.toContain('river');
});
