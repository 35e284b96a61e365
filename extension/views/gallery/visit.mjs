import { selector, until } from '../../launch/conversation.mjs';

/** The frames that a scene is looked at in. */
export const FRAMES = {
  panel: { width: 360, height: 640, dir: 'ltr', surface: 'panel' },
  narrow: { width: 320, height: 568, dir: 'ltr', surface: 'panel' },
  rtl: { width: 360, height: 640, dir: 'rtl', surface: 'panel' },
  wide: { width: 900, height: 640, dir: 'ltr', surface: 'tab' },
  popup: { width: 360, height: 560, dir: 'ltr', surface: 'popup' },
};

/**
 * Opens a scene and waits until it stands; in the same page, where that shows a scene already.
 *
 * @param {import('puppeteer-core').Page} page
 * @param {string} origin
 * @param {{ scene: string, press: readonly string[], theme: string, frame: keyof typeof FRAMES }} what
 */
export async function visit(page, origin, { scene, press, theme, frame }) {
  const { width, height, dir, surface } = FRAMES[frame];
  await page.setViewport({ width, height, deviceScaleFactor: 2 });
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  const asked = new URLSearchParams({ scene, theme, dir, surface });
  if (page.url().startsWith(`${origin}/?scene=`)) {
    await page.evaluate(`gallery.show(new URLSearchParams(${JSON.stringify(`${asked}`)}))`);
  } else {
    await page.goto(`${origin}/?${asked}`);
    await page.waitForSelector('html[data-ready]');
  }
  for (const name of press) {
    // A view that draws itself anew in mid-look only means looking again.
    const seen = () => page.$(selector('button', name)).catch(() => null);
    const button = await until(`the button “${name}”`, async () => (await seen()) ?? undefined);
    await button.click();
  }
  // Two frames: one for what the press changed, one for what that scrolled.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/**
 * All scenes, as the gallery's own first page lists them.
 *
 * @param {import('puppeteer-core').Page} page
 * @param {string} origin
 * @returns {Promise<{ scene: string, press: string[], more: (keyof typeof FRAMES)[] }[]>}
 */
export async function listScenes(page, origin) {
  await page.goto(origin);
  return page.$$eval('[data-scene]', (links) =>
    links.map((link) => JSON.parse(link.getAttribute('data-scene') ?? '')),
  );
}
