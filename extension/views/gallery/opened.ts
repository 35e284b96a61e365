import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
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

/** For a file of tests: the gallery, and a page of its own for each of them. */
export function pageForEach(): { readonly page: () => Page; readonly gallery: () => Gallery } {
  let page: Page;
  let gallery: Gallery;
  beforeAll(async () => {
    gallery = await openGallery();
  }, 60_000);
  beforeEach(async () => {
    page = await gallery.browser.newPage();
    return () => page.close();
  });
  afterAll(() => gallery?.close());
  return { page: () => page, gallery: () => gallery };
}
