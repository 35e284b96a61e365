import type { CDPSession, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gallery, openGallery } from './opened.ts';
import { SCENES } from './scenes.ts';
import { type FRAMES, visit } from './visit.mjs';

// Where the system chooses the colours, and where nothing may move: what a background told is told by something else.

let page: Page;
/** Kept open: what it emulates ends with it. */
let session: CDPSession;
let gallery: Gallery;

beforeAll(async () => {
  gallery = await openGallery();
  page = await gallery.browser.newPage();
  session = await page.createCDPSession();
}, 60_000);

afterAll(() => gallery?.close());

async function forced(scene: string, frame: keyof typeof FRAMES = 'panel'): Promise<void> {
  await visit(page, gallery.origin, { scene, press: SCENES[scene]?.press ?? [], theme: 'dark', frame });
  await session.send('Emulation.setEmulatedMedia', {
    features: [
      { name: 'forced-colors', value: 'active' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ],
  });
}

const style = (selector: string, property: string): Promise<string> =>
  page.$eval(selector, (element, name) => getComputedStyle(element).getPropertyValue(name), property);

it('draws a line in forced colours where only a background told a shape', async () => {
  for (const [scene, selector] of [
    ['conversation', '.bubble'],
    ['conversation-changed-later', '.key-line'],
    ['conversation-changed-later', '.nothing-sent'],
    ['list-many', '.find'],
    ['say-words', '.spoken'],
    ['say-words', '.button'],
    ['type-words', '.words-list'],
    ['settings', '.choice-row'],
    ['starting', '.skeleton-row > *'],
  ] as const) {
    await forced(scene);
    expect(await style(selector, 'border-top-style'), selector).toBe('solid');
  }
});

it('tells what is chosen in forced colours from what is not', async () => {
  await forced('settings');
  expect(await style('input:checked + span', 'background-color')).not.toBe(
    await style('input:not(:checked) + span', 'background-color'),
  );
  await forced('conversation', 'wide');
  expect(await style('.row:has([aria-current])', 'border-top-width')).toBe('2px');
  expect(await style('.row:not(:has([aria-current]))', 'border-top-width')).toBe('0px');
});

it('moves nothing where reduced motion is asked', async () => {
  for (const scene of [
    'starting',
    'conversation-empty-waiting',
    'conversation-loading',
    'settings',
    'list',
  ]) {
    await visit(page, gallery.origin, { scene, press: [], theme: 'light', frame: 'panel' });
    expect(
      await page.$$eval('*', (all) =>
        all
          .filter((element) => {
            const { animationName, transitionDuration } = getComputedStyle(element);
            return animationName !== 'none' || !/^0s(, 0s)*$/.test(transitionDuration);
          })
          .map(({ className }) => String(className)),
      ),
      scene,
    ).toEqual([]);
  }
});
