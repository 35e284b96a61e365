import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openChromium } from './chromium.mjs';
import { SCENES } from './scenes.ts';
import { serveGallery } from './serve.mjs';
import { visit } from './visit.mjs';

// Where things stand in the smallest panel, for every scene: what a screen is for, and what went wrong on it.

let browser: Browser;
let page: Page;
let gallery: Awaited<ReturnType<typeof serveGallery>>;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([serveGallery(), openChromium()]);
  page = await browser.newPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await gallery?.close();
});

/**
 * Of what has to be seen without scrolling, what is not: the first button that a screen is for, and the first that went wrong.
 * Where one has to compare or read something first, or goes through sections, one is there when it comes about.
 */
function outOfSight(): string[] {
  const reachable = document.querySelector('dialog[open]') ?? document.body;
  const all = (selector: string) =>
    Array.from(reachable.querySelectorAll(selector)).filter(
      (element) =>
        element.textContent !== '' && element.closest('.safety, .proof, .settings section') === null,
    );
  return [...all('.button.main').slice(0, 1), ...all('[role="alert"]').slice(0, 1)]
    .filter((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return [top + 1, bottom - 1].some((y) => {
        const there = document.elementFromPoint((left + right) / 2, y);
        return there === null || !(element.contains(there) || there.contains(element));
      });
    })
    .map((element) => element.textContent);
}

/** Buttons whose words do not fit on the two lines that a button has: of a name, it needs no more than its section says. */
function tooManyWords(): string[] {
  return Array.from(document.querySelectorAll<HTMLElement>('.button'))
    .filter((button) => button.offsetHeight > 44)
    .map((button) => button.textContent);
}

it('leaves the rows of the list where they are while the server is looked for and a new version waits', async () => {
  const first = async (scene: string) => {
    await visit(page, gallery.origin, { scene, press: [], theme: 'light', frame: 'narrow' });
    return page.$eval('li', (row) => row.getBoundingClientRect().top);
  };
  const still = await first('list');
  expect(await first('list-connecting')).toBe(still);
  expect(await first('list-updating')).toBe(still);
  expect(
    await page.$eval('.bar-line', ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    'the words fit',
  ).toBe(0);
});

it('leaves what can be done with an invite where it is when it has reached the server', async () => {
  const places = async (scene: string) => {
    await visit(page, gallery.origin, { scene, press: [], theme: 'light', frame: 'narrow' });
    return page.$$eval('.link-text, .button', (all) =>
      all.map((one) => [one.textContent, one.getBoundingClientRect().top]).slice(0, 3),
    );
  };
  expect(await places('invite-placing')).toEqual(await places('invite'));
});

it('says below the bar of a conversation that the server is looked for', async () => {
  await visit(page, gallery.origin, {
    scene: 'conversation-connecting',
    press: [],
    theme: 'light',
    frame: 'panel',
  });
  const bar = await page.$eval('.conversation .bar', (element) => element.getBoundingClientRect().bottom);
  const line = await page.$eval('.conversation .bar-line', (element) => element.getBoundingClientRect().top);
  expect(line).toBeGreaterThanOrEqual(bar);
});

it.each(Object.entries(SCENES))(
  '%s keeps what it is for in sight at 320 by 568, in few words',
  async (scene, { press = [] }) => {
    await visit(page, gallery.origin, { scene, press, theme: 'light', frame: 'narrow' });
    expect(await page.evaluate(outOfSight)).toEqual([]);
    expect(await page.evaluate(tooManyWords)).toEqual([]);
  },
  30_000,
);
