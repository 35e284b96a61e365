import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gallery, openGallery } from './opened.ts';
import { SCENES } from './scenes.ts';
import { type FRAMES, visit } from './visit.mjs';

// Every screen in every state, in a real browser: names, roles, contrast, order, as axe-core knows them.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let page: Page;
let gallery: Gallery;

beforeAll(async () => {
  gallery = await openGallery();
  page = await gallery.browser.newPage();
}, 60_000);

afterAll(() => gallery?.close());

/** What is asked of each theme: the dark one has the same names, roles and order, and colours of its own. */
const ASKED = {
  light: { rules: { 'target-size': { enabled: true } } },
  dark: { runOnly: ['color-contrast', 'link-in-text-block'] },
} satisfies Record<string, RunOptions>;

async function violations(theme: keyof typeof ASKED): Promise<string[]> {
  // As a script's element it would take four times as long to arrive.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(`${AXE}; undefined`);
  const options: RunOptions = { ...ASKED[theme], resultTypes: ['violations'] };
  const results = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Wider than what the view's frame shows: nothing may have to be scrolled sideways. */
async function overflow(): Promise<string[]> {
  return page.$$eval('*', (all) =>
    all
      .filter((element) => {
        const style = getComputedStyle(element);
        const cut = style.textOverflow === 'ellipsis' || style.clipPath !== 'none';
        return style.overflowX !== 'visible' && !cut && element.scrollWidth > element.clientWidth;
      })
      .map((element) => `${element.tagName} ${element.className}`),
  );
}

/**
 * Names that more than one control of what can be reached bears: nobody who hears them could tell them apart. Links that
 * lead to one place need not be.
 */
async function sharedNames(): Promise<string[]> {
  return page.evaluate(() => {
    const reachable = document.querySelector('dialog[open]') ?? document.body;
    const places = new Set<string>();
    const controls = [...reachable.querySelectorAll('button, a[href]')].filter((control) => {
      const place = control.getAttribute('href') ?? '';
      const known = place !== '' && places.has(place);
      places.add(place);
      return !known;
    });
    const names = controls.map((control) => control.getAttribute('aria-label') ?? control.textContent.trim());
    return names.filter((name, at) => names.indexOf(name) !== at);
  });
}

/** The titles of what can be reached: one of the page, which is its first level. */
async function titles(): Promise<number> {
  return page.$$eval('h1', (all) => all.length);
}

it.each(Object.entries(SCENES))(
  '%s can be used by everybody',
  async (scene, { press = [], more = [] }) => {
    for (const frame of ['panel', ...more] as (keyof typeof FRAMES)[]) {
      await visit(page, gallery.origin, { scene, press, theme: 'light', frame });
      expect(await violations('light'), frame).toEqual([]);
      expect(await overflow(), frame).toEqual([]);
      expect(await sharedNames(), frame).toEqual([]);
      expect(await titles(), frame).toBe(1);
    }
  },
  30_000,
);

it.each(Object.entries(SCENES))(
  '%s can be seen by everybody in the dark',
  async (scene, { press = [] }) => {
    await visit(page, gallery.origin, { scene, press, theme: 'dark', frame: 'panel' });
    expect(await violations('dark')).toEqual([]);
  },
  30_000,
);
