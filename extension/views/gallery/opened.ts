import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { openChromium } from './chromium.mjs';

/** The gallery, and a browser to look at it with. */
export interface Gallery {
  readonly browser: Browser;
  readonly origin: string;
  close(): Promise<void>;
}

/** Opens a Chromium for the gallery, which is served already. */
export async function openGallery(): Promise<Gallery> {
  const browser = await openChromium();
  return { browser, origin: inject('galleryOrigin'), close: () => browser.close() };
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
