import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openChromium } from './chromium.mjs';
import { SCENES } from './scenes.ts';
import { visit } from './visit.mjs';

// Every scene in the smallest panel for somebody who reads large text: the browser's own setting, at one and a half and
// at two times the usual size, and the one for the smallest text that is shown.

const origin = inject('galleryOrigin');

/** What is wrong with how the words and controls of a page stand, in sentences. */
async function wrong(): Promise<string[]> {
  const reachable = document.querySelector('dialog[open]') ?? document.body;
  const all = [...reachable.querySelectorAll<HTMLElement>('*')].filter(
    // Not what only screen readers meet, drawings, and what keeps a place for what is said instead of it.
    (element) =>
      element.closest('.sr, svg, [aria-hidden="true"]') === null &&
      element.checkVisibility({ visibilityProperty: true }),
  );
  const found: string[] = [];
  const name = (element: Element) =>
    `${element.localName}.${element.className} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 40)}”`;

  /** What of a box can be brought into sight: of every box around it that clips, and the window. */
  function hidden(box: DOMRect, from: Element | null): string | undefined {
    let { left, right, top, bottom } = box;
    for (let around = from; around !== null; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around);
      const { left: l, right: r, top: t, bottom: b } = around.getBoundingClientRect();
      if (overflowX !== 'visible' && (left < l - 1 || right > r + 1)) return 'aside';
      if (overflowY === 'auto' || overflowY === 'scroll') {
        // It scrolls there; its place is then the scroller's.
        [left, right, top, bottom] = [l, r, t, b];
      } else if (overflowY !== 'visible' && (top < t - 1 || bottom > b + 1)) return 'above or below';
    }
    return left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1
      ? 'the window'
      : undefined;
  }

  // Nothing scrolls sideways.
  for (const element of all) {
    const { overflowX, textOverflow } = getComputedStyle(element);
    // What is typed in one line moves in it.
    const scrolls = overflowX !== 'visible' && textOverflow !== 'ellipsis' && element.localName !== 'input';
    if (scrolls && element.scrollWidth > element.clientWidth)
      found.push(`scrolls sideways: ${name(element)}`);
  }

  // Nothing is cut off, but for the preview of a message that the row opens, the line below the list's title, which is
  // heard whole, a name on its one line, which the tooltip has whole, and one longer than four lines.
  const CONTROLS = 'button, input, textarea, select, a[href], [role="option"]';
  const isOneLine = (element: Element) =>
    element.matches('.one-line') && getComputedStyle(element).whiteSpace === 'nowrap';
  const lines: { element: Element; box: DOMRect }[] = [];
  for (const element of all) {
    if (element.matches(CONTROLS)) {
      const how = hidden(element.getBoundingClientRect(), element.parentElement);
      if (how !== undefined) found.push(`cut off by ${how}: ${name(element)}`);
    }
    const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.nodeValue?.trim());
    for (const node of words) {
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (
          element.closest('.row-last[dir], .list > .bar-line') === null &&
          !isOneLine(element) &&
          !element.textContent.includes('Donaudampf')
        ) {
          const how = hidden(box, element);
          if (how !== undefined) found.push(`cut off by ${how}: ${name(element)}`);
        }
        lines.push({ element, box });
      }
    }
  }

  // Nothing lies on anything else, but for what floats, and a field over the words that it is drawn as.
  const FLOATS = '.menu, .connection-words';
  const layer = (element: Element) =>
    element.closest(`${FLOATS}, .actions, .to-end, .fresh, .file > input, .choice-row input`) ??
    document.body;
  const within = ({ element, box }: (typeof lines)[number]) => {
    let { left, right, top, bottom } = box;
    for (let around: Element | null = element; around !== null; around = around.parentElement) {
      if (getComputedStyle(around).overflowY === 'visible') continue;
      const clip = around.getBoundingClientRect();
      [left, right] = [Math.max(left, clip.left), Math.min(right, clip.right)];
      [top, bottom] = [Math.max(top, clip.top), Math.min(bottom, clip.bottom)];
    }
    return { element, left, right, top, bottom };
  };
  const controls = all.filter((element) => element.matches(CONTROLS));
  const boxes = [
    ...lines,
    // A link in a text has a box on each of its lines.
    ...controls.flatMap((element) => [...element.getClientRects()].map((box) => ({ element, box }))),
  ].map(within);
  for (const [at, a] of boxes.entries()) {
    for (const b of boxes.slice(at + 1)) {
      if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
      if (layer(a.element) !== layer(b.element)) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // The boxes of letters are higher than their lines.
      if (across > 2 && down > 0.3 * Math.min(a.bottom - a.top, b.bottom - b.top))
        found.push(`${name(a.element)} lies on ${name(b.element)}`);
    }
  }

  // Every control can be brought into sight, and is what a press there meets.
  for (const control of controls) {
    control.scrollIntoView({ block: 'nearest' });
    const { left, right, top, bottom } = control.getBoundingClientRect();
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const met =
      there !== null &&
      (control.contains(there) || there.contains(control) || there.closest('label')?.contains(control));
    if (!met && (there?.closest(FLOATS) ?? null) === null)
      found.push(`not in reach: ${name(control)}, below ${there === null ? 'nothing' : name(there)}`);
  }
  return [...new Set(found)];
}

describe.each([
  { size: 24, smallest: 1 },
  { size: 32, smallest: 1 },
  // Nothing but the letters grows: what is measured in their size stays as it is.
  { size: 16, smallest: 20 },
])('at $size px, and none below $smallest px', ({ size, smallest }) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openChromium(size, smallest);
    page = await browser.newPage();
  }, 60_000);

  afterAll(() => browser?.close());

  it('shows the text as large as the browser is asked to', async () => {
    await visit(page, origin, { scene: 'conversation', press: [], theme: 'light', frame: 'narrow' });
    expect(await page.$eval('.bubble', (bubble) => getComputedStyle(bubble).fontSize)).toBe(
      `${Math.max(size * (15 / 16), smallest)}px`,
    );
  });

  it.each(Object.entries(SCENES))(
    '%s can be read and used',
    async (scene, { press = [] }) => {
      await visit(page, origin, { scene, press, theme: 'light', frame: 'narrow' });
      expect(await page.evaluate(wrong)).toEqual([]);
    },
    30_000,
  );
});
