import type { Browser } from 'puppeteer-core';
import { openChromium } from './chromium.mjs';
import { serveGallery } from './serve.mjs';

/** The gallery, and a browser to look at it with. */
export interface Gallery {
  readonly browser: Browser;
  readonly origin: string;
  close(): Promise<void>;
}

/** Builds and serves the gallery while Chromium opens. */
export async function openGallery(): Promise<Gallery> {
  const [gallery, browser] = await Promise.all([serveGallery(), openChromium()]);
  return {
    browser,
    origin: gallery.origin,
    async close() {
      await browser.close();
      await gallery.close();
    },
  };
}
