import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../models/app.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import { LONG } from '../testing/samples.ts';
import { type Gallery, openGallery } from './opened.ts';
import { SCENES } from './scenes.ts';
import { visit } from './visit.mjs';

// Where things stand in the smallest panel, for every scene: what a screen is for, and what went wrong on it.

let page: Page;
let gallery: Gallery;

beforeAll(async () => {
  gallery = await openGallery();
  page = await gallery.browser.newPage();
}, 60_000);

afterAll(() => gallery?.close());

/**
 * Of what has to be seen without scrolling, what is not: the first button that a screen is for, and all that went wrong.
 * Where one has to compare or read something first, or goes through sections, one is there when it comes about.
 */
function outOfSight(): string[] {
  const reachable = document.querySelector('dialog[open]') ?? document.body;
  const all = (selector: string) =>
    Array.from(reachable.querySelectorAll(selector)).filter(
      (element) =>
        element.textContent !== '' && element.closest('.safety, .proof, .settings section') === null,
    );
  return [...all('.button.main').slice(0, 1), ...all('[role="alert"]')]
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

function visitNarrow(scene: string): Promise<void> {
  return visit(page, gallery.origin, { scene, press: [], theme: 'light', frame: 'narrow' });
}

/** Where all that can be pressed stands which is there in each of the scenes, by its name. */
async function places(scene: string, names: readonly string[]): Promise<(number | undefined)[]> {
  await visitNarrow(scene);
  return page.$$eval(
    'button, textarea',
    (all, wanted) =>
      wanted.map((name) => {
        const named = all.find(
          (each) => (each.getAttribute('aria-label') ?? each.textContent.trim()) === name,
        );
        return named?.getBoundingClientRect().top;
      }),
    names,
  );
}

it.each([
  'list-connecting',
  'list-updating',
  'list-unreachable',
  'list-refused',
  'list-pass',
  'list-elsewhere',
  'list-words-failed',
  'list-backup',
  'gone',
])('leaves the list where it is for what comes by itself: %s', async (scene) => {
  const names = ['Menu', 'Paste an invite', 'Bob', 'Maya', 'Tom Okafor', 'Inês', 'Invite someone'];
  const still = await places('list', names);
  expect(still).not.toContain(undefined);
  expect(await places(scene, names)).toEqual(still);
});

it('leaves an empty list where it is too', async () => {
  const names = ['Menu', 'Invite someone', 'Paste an invite'];
  const still = await places('list-empty', names);
  expect(still).not.toContain(undefined);
  expect(await places('list-empty-pass', names)).toEqual(still);
});

it('leaves a conversation where it is for what comes by itself', async () => {
  const names = ['Back', 'About Maya', 'Retry', 'Discard', 'Message to Maya', 'Send'];
  const still = await places('conversation-failed', names);
  expect(still).not.toContain(undefined);
  const then = await places('conversation-words-failed', names);
  // What scrolls stands on the pixels of the screen, which are halves here.
  for (const [at, top] of still.entries()) expect(then[at], names[at]).toBeCloseTo(top ?? Number.NaN, 0);
});

it('leaves the messages that are read where they are when a note comes above them', async () => {
  await visitNarrow('conversation-long');
  const read = () => page.$$eval('article', (all) => all[60]?.getBoundingClientRect().top ?? Number.NaN);
  await page.$$eval('article', (all) => all[60]?.scrollIntoView({ block: 'center' }));
  const still = await read();
  await page.evaluate(async () => {
    const { app, client } = (globalThis as unknown as { gallery: { app: App; client: FakeClient } }).gallery;
    const stage = app.stage.value;
    if (stage.show === 'main') client.show({ ...stage.ready, server: { state: 'elsewhere' } });
    for (let frames = 0; frames < 3; frames += 1) await new Promise((done) => requestAnimationFrame(done));
  });
  await page.waitForSelector('::-p-aria([name="Use it here"][role="button"])');
  expect(await read()).toBe(still);
});

it.each([
  ['conversation-long', 'heading'],
  ['contact-remove', 'heading'],
  ['list-many', 'button'],
])('keeps a long name on one line, and tells it whole to who points at it: %s', async (scene, role) => {
  await page.mouse.move(0, 0);
  await visitNarrow(scene);
  const name = await page.waitForSelector(`::-p-aria([name="${LONG.name}"][role="${role}"])`);
  const lines = await name?.evaluate(
    (element) => element.clientHeight / Number.parseFloat(getComputedStyle(element).lineHeight),
  );
  expect(lines).toBeCloseTo(1, 1);
  const title = (element: Element) => element.getAttribute('title');
  expect(await name?.evaluate(title)).toBe(null);
  await name?.hover();
  expect(await name?.evaluate(title)).toBe(LONG.name);
});

it('breaks no long name below the messages within a word', async () => {
  await visitNarrow('conversation-long');
  const lines = await page.$eval(
    '.situation span',
    (element, word) => {
      const range = document.createRange();
      range.setStart(element.firstChild as Node, 0);
      range.setEnd(element.firstChild as Node, word.length);
      return range.getClientRects().length;
    },
    LONG.name.split(' ')[0] as string,
  );
  expect(lines).toBe(1);
});

it('leaves room between the arrow of a list and its edge', async () => {
  await visitNarrow('accept-confirm');
  const room = await page.$eval('.select', (element) => {
    const arrow = element.querySelector('.icon')?.getBoundingClientRect();
    return element.getBoundingClientRect().right - (arrow?.right ?? Number.NaN);
  });
  expect(room).toBeGreaterThanOrEqual(12);
});

it('tells no name as a tooltip that stands there whole', async () => {
  await visitNarrow('list');
  const bob = await page.waitForSelector('::-p-aria([name="Bob"][role="button"])');
  await bob?.hover();
  expect(await bob?.evaluate((element) => element.getAttribute('title'))).toBe(null);
});

it('keeps the words of what comes below the title on its one line', async () => {
  await visitNarrow('list-updating');
  expect(
    await page.$eval('.bar-line', ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    'the words fit',
  ).toBe(0);
});

it('leaves the way to begin where it is when the server has said what it is', async () => {
  const still = await places('first-run-server', ['Start']);
  expect(still).not.toContain(undefined);
  expect(await places('first-run-server-works', ['Start'])).toEqual(still);
});

it('leaves what can be done with an invite where it is when it has reached the server', async () => {
  const places = async (scene: string) => {
    await visitNarrow(scene);
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

it('shows an invite with its link, what to do with it, and all of its code', async () => {
  for (const frame of ['narrow', 'popup'] as const) {
    await visit(page, gallery.origin, { scene: 'invite', press: [], theme: 'light', frame });
    const code = await page.waitForSelector('::-p-aria([name="Invite code"])');
    const bottom = await code?.evaluate((drawing) => drawing.getBoundingClientRect().bottom - innerHeight);
    expect(bottom, frame).toBeLessThanOrEqual(0);
  }
});

describe.each(['narrow', 'popup'] as const)('in the %s frame', (frame) => {
  it.each(Object.entries(SCENES))(
    '%s keeps what it is for in sight, in few words',
    async (scene, { press = [] }) => {
      await visit(page, gallery.origin, { scene, press, theme: 'light', frame });
      expect(await page.evaluate(outOfSight)).toEqual([]);
      expect(await page.evaluate(tooManyWords)).toEqual([]);
    },
    30_000,
  );
});
