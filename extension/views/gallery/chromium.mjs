import puppeteer from 'puppeteer-core';
import { findBrowser } from '../../launch/programs.mjs';

/**
 * Opens the Chromium that the launcher finds, headless, with a fresh profile and no calls home. Throws without one.
 *
 * @param {number} textSize what the browser's own setting for the size of text says, in px
 * @param {number} smallest and the one for the smallest that is shown
 */
export async function openChromium(textSize = 16, smallest = 0) {
  const found = findBrowser('chromium');
  if (found === undefined) throw new Error('There is no Chromium or Chrome here.');
  return puppeteer.launch({
    executablePath: found.path,
    headless: true,
    pipe: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--force-color-profile=srgb',
      '--hide-scrollbars',
      '--accept-lang=en-GB',
      `--blink-settings=defaultFontSize=${textSize},minimumFontSize=${smallest}`,
    ],
  });
}
