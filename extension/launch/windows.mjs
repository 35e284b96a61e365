/** How the two windows of `npm start` stand before a person: side by side, and each with the server already typed. */
import { Person } from './conversation.mjs';
import { firefoxWindow } from './firefox-window.mjs';
import { names } from './names.mjs';

/**
 * @typedef {import('puppeteer-core').Page} Page
 * @typedef {import('./browsers.mjs').Launched} Launched
 */

/** The most that a window takes of a wide screen. CSS pixels. */
const WIDEST = 1100;

/** How long a view may take to draw its first screen; past that nothing is typed for anybody. Milliseconds. */
const PATIENCE = 10_000;

/**
 * @typedef {object} Place in CSS pixels of the screen
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

/**
 * Puts a window into one half of the screen. A desktop that arranges windows itself may refuse, which does no harm.
 *
 * @param {Launched} launched
 * @param {Page} page in that window
 * @param {'left' | 'right'} half
 */
export async function putBeside(launched, page, half) {
  const screen = await page.evaluate(() => {
    const { availLeft, availTop, availWidth, availHeight } = /** @type {any} */ (globalThis.screen);
    return { left: availLeft, top: availTop, width: availWidth, height: availHeight };
  });
  const width = Math.min(Math.floor(screen.width / 2), WIDEST);
  const left = screen.left + (half === 'left' ? 0 : width);
  const place = { left, top: screen.top, width, height: screen.height };
  const placed = launched.kind === 'chromium' ? placeChromium(page, place) : placeFirefox(launched, place);
  await placed.catch(() => {});
}

/** @param {Page} page @param {Place} bounds */
async function placeChromium(page, bounds) {
  const session = await page.createCDPSession();
  const { windowId } = await session.send('Browser.getWindowForTarget');
  await session.send('Browser.setWindowBounds', { windowId, bounds });
  await session.detach();
}

/** @param {Launched} launched @param {Place} place */
async function placeFirefox(launched, { left, top, width, height }) {
  const run = await firefoxWindow(launched);
  await run(`window.moveTo(${left}, ${top}); window.resizeTo(${width}, ${height})`);
}

/**
 * Types the server where a view asks for one, so that a person who only wants to look has but a name to type. A
 * kept profile knows its own.
 *
 * @param {string} name
 * @param {Launched} launched
 * @param {Page} page
 * @param {string} server
 */
export async function typeServer(name, launched, page, server) {
  const person = new Person(name, launched, page);
  const first = person.wait(
    'a first screen',
    async () =>
      (await person.look('textbox', names.server)) !== undefined ||
      (await person.look('button', names.invite)) !== undefined ||
      (await person.look('button', names.unlock)) !== undefined,
    PATIENCE,
  );
  await first.catch(() => {});
  if (!(await person.look('textbox', names.server))) return;
  await person.type(names.server, server);
  const field = await person.look('textbox', names.yourName);
  await field?.focus();
}
