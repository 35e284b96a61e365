// Draws the extension's icons into public/icons: node views/gallery/icons.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { openChromium } from './chromium.mjs';

/**
 * The mark (a page with a spoken word beside it) on a tile in the accent, so that it stands on a light toolbar and on
 * a dark one. Small sizes have thicker lines and less room around the mark.
 *
 * @param {number} size in pixels
 */
function icon(size) {
  const small = size <= 32;
  const line = size === 16 ? 2.5 : small ? 2.2 : 1.9;
  const scale = small ? 0.8 : 0.68;
  const shift = (24 - 24 * scale) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 24 24">
    <rect x="0.500" y="0.500" width="23" height="23" rx="${small ? 5.2 : 5.6}" fill="oklch(0.47 0.078 200)"/>
    <g transform="translate(${shift} ${shift}) scale(${scale})">
      <path d="M11.500 20.500H6A3.500 3.500 0 0 1 2.500 17V7A3.500 3.500 0 0 1 6 3.500h4" fill="none" stroke="oklch(0.985 0.004 85)" stroke-width="${line}" stroke-linecap="round"/>
      <path d="M13.500 6.200A2.700 2.700 0 0 1 16.200 3.500h2.600a2.700 2.700 0 0 1 2.700 2.700v7.600a2.700 2.700 0 0 1-2.700 2.700h-.6l-3.200 3.400c-.5.500-1.500.200-1.500-.6Z" fill="oklch(0.88 0.065 195)"/>
    </g>
  </svg>`;
}

const folder = new URL('../../public/icons/', import.meta.url);
await mkdir(folder, { recursive: true });
const browser = await openChromium();
const page = await browser.newPage();
for (const size of [16, 32, 48, 128]) {
  await page.setViewport({ width: size, height: size, deviceScaleFactor: 1 });
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${icon(size)}`);
  await writeFile(new URL(`${size}.png`, folder), await page.screenshot({ omitBackground: true }));
}
await browser.close();
