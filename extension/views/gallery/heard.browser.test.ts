import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContactView, ConversationSnapshot } from '../../bridge/types/snapshots.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import type { HandClock } from '../testing/hand-clock.ts';
import { BOB, contact, MAYA, mine, NOW, OPEN_INVITE, SPOKEN, theirs, WITH_BOB } from '../testing/samples.ts';
import { handsOn } from './hands.ts';
import { type Gallery, openGallery } from './opened.ts';

// What somebody hears who does not see it come, and how words of two directions stand together.

let page: Page;
let gallery: Gallery;

beforeAll(async () => {
  gallery = await openGallery();
  page = await gallery.browser.newPage();
}, 60_000);

afterAll(() => gallery?.close());

const {
  open: openScene,
  listen,
  heard,
  update,
  showConversation,
} = handsOn(
  () => page,
  () => gallery,
);

/** Opens a scene, and from then on notes what is new in the regions that screen readers listen to. */
async function open(...scene: Parameters<typeof openScene>): Promise<void> {
  await openScene(...scene);
  await listen();
}

async function show(...more: Parameters<typeof update>): Promise<void> {
  await update(...more);
  await drawn();
}

/** Somebody uses the invite that is on the screen. */
const taken = (by: ContactView) =>
  show({ invites: [], contacts: [by, BOB, MAYA], taken: [{ id: OPEN_INVITE.id, contactId: by.id }] });

async function showMessages(...conversation: Parameters<typeof showConversation>): Promise<void> {
  await showConversation(...conversation);
  await drawn();
}

async function pass(ms: number): Promise<void> {
  await page.evaluate((time) => {
    (globalThis as unknown as { gallery: { clock: HandClock } }).gallery.clock.pass(time);
  }, ms);
  await drawn();
}

/** Preact runs effects after the next frame. */
const drawn = () =>
  page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done))),
        ),
      ),
  );

async function press(name: string): Promise<void> {
  await (await page.waitForSelector(`::-p-aria([name="${name}"][role="button"])`))?.click();
  await drawn();
}

describe('what comes by itself', () => {
  it('is heard once, and not again on the next screen', async () => {
    await open('list');
    await show({ spoken: { ...SPOKEN, state: 'failed' } });
    const words = 'Somebody tried your words and did not get in. Your three words are used up.';
    expect(await heard()).toEqual([words]);
    await press('Maya');
    await press('Back');
    expect(await heard()).toEqual([words]);
  });

  it('is heard of the server too, and when an invite is accepted', async () => {
    await open('invite');
    await taken(contact(77, 'Noor'));
    expect(await heard()).toEqual(['Noor has accepted your invite.']);
    await open('invite');
    await taken(BOB);
    expect(await heard()).toEqual(['Bob has accepted your invite.']);
    await press('Back');
    await show({ server: { state: 'refused' } });
    expect(await heard()).toContain(
      'The server turned Aside away. It may be older or newer than this Aside. Ask whoever runs it.',
    );
  });

  it('is heard once of a server that is away, however often it is tried again', async () => {
    await open('list');
    const away = () => show({ server: { state: 'unreachable', retryAt: NOW + 60_000 } });
    await away();
    await pass(2_000);
    await show({ server: { state: 'connecting' } });
    await pass(2_000);
    await away();
    expect(await heard()).toEqual(['Aside cannot reach the server.']);
    await show({ server: { state: 'online' } });
    await pass(2_000);
    await away();
    expect(await heard()).toHaveLength(2);
  });

  it('is not heard where it was there when the screen opened, and is when it changes', async () => {
    await open('list');
    await press('Bob');
    await press('About Bob');
    expect(await heard()).toEqual([]);
    await show({ contacts: [{ ...BOB, trust: { state: 'compared', at: NOW, how: 'scan' } }, MAYA] });
    expect(await heard()).toEqual([
      'Compared by scanning, 3 November Nobody is between you and Bob. If their key ever changes, Aside stops and tells you.',
    ]);
  });
});

describe('what was heard', () => {
  it('is nowhere in the page once Aside is locked', async () => {
    await open('invite');
    await taken(contact(77, 'Noor'));
    expect(await page.evaluate(() => document.body.textContent)).toContain('Noor');
    await page.evaluate(() => {
      const { client } = (globalThis as unknown as { gallery: { client: FakeClient } }).gallery;
      client.show({ phase: 'locked' });
    });
    await page.waitForSelector('::-p-aria([name="Aside is locked."][role="heading"])');
    expect(await page.evaluate(() => document.body.textContent)).not.toContain('Noor');
  });
});

describe('whoever reads through the page', () => {
  /** All that is in the page for screen readers and not on the screen. */
  const unseen = () =>
    page.$$eval('.sr[aria-live]', (regions) => regions.map(({ textContent }) => textContent).join(''));

  it('does not meet what was heard a while ago', async () => {
    await open('list');
    await show({ spoken: { ...SPOKEN, state: 'failed' } });
    expect(await unseen()).toContain('Your three words are used up.');
    await pass(10_000);
    expect(await unseen()).toBe('');
    await open('conversation');
    await showMessages({ ...WITH_BOB, messages: [...WITH_BOB.messages, theirs(50, 'Here I am', NOW)] });
    expect(await unseen()).toBe('Bob: Here I am');
    await pass(10_000);
    expect(await unseen()).toBe('');
  });
});

describe('the messages of a conversation', () => {
  const waiting = [8, 9].map((n) => mine(n, `Number ${n}`, NOW, { state: 'waiting' }));
  const withThem = (state: 'waiting' | 'sent' | 'delivered' | 'failed'): ConversationSnapshot => ({
    ...WITH_BOB,
    messages: [
      ...WITH_BOB.messages,
      ...waiting.map((each) => ({
        ...each,
        delivery: state === 'failed' ? ({ state, reason: 'mailbox-full' } as const) : { state },
      })),
    ],
  });

  it('are not heard again as they come further, and the reason that they did not is, once', async () => {
    await open('conversation');
    for (const state of ['waiting', 'sent', 'delivered'] as const) await showMessages(withThem(state));
    expect(await heard()).toEqual([]);
    await open('conversation');
    await showMessages(withThem('waiting'));
    await showMessages(withThem('failed'));
    expect(await heard()).toEqual(['Not delivered: their mailbox is full.']);
    await showMessages({ ...withThem('failed'), draft: '' });
    expect(await heard()).toEqual(['Not delivered: their mailbox is full.']);
  });
});

describe('words of two directions', () => {
  it.each(['wide', 'rtl', 'narrow'] as const)(
    'keep their times apart from them, in the %s frame',
    async (frame) => {
      await open('conversation-of-all-scripts', frame);
      const gaps = await page.$$eval('article p', (all) =>
        all.map((text) => {
          const range = document.createRange();
          if (text.firstChild) range.selectNodeContents(text.firstChild);
          const time = text.querySelector('time')?.parentElement?.getBoundingClientRect();
          if (time === undefined) return Number.NaN;
          // Of the lines that the time stands beside.
          const beside = [...range.getClientRects()].filter(
            ({ top, bottom, width }) => width > 0 && top < time.bottom - 6 && bottom > time.top + 6,
          );
          // On a line of its own it is apart from all.
          const apart = beside.map(({ left, right }) => Math.max(time.left - right, left - time.right));
          return Math.min(time.height, ...apart);
        }),
      );
      expect(gaps.length).toBeGreaterThan(7);
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(7);
    },
  );

  it('begin where each is read from, and names where the page is', async () => {
    await open('conversation-of-all-scripts');
    const sides = await page.$$eval('article p', (all) =>
      all.map((text) => getComputedStyle(text).direction),
    );
    expect(sides).toEqual(['ltr', 'ltr', 'rtl', 'ltr', 'ltr', 'ltr', 'ltr', 'rtl']);
    const name = await page.waitForSelector('::-p-aria([role="heading"])');
    expect(await name?.evaluate((title) => getComputedStyle(title).textAlign)).toBe('left');
  });
});
