/** The windows of the extension's pages that are in this process: of all of them, in today's browsers. */
import { browser } from 'wxt/browser';

export function extensionWindows(): readonly Window[] {
  // The types name a browser's window, of tabs and a frame; what comes are those of pages.
  return browser.extension.getViews() as unknown as readonly Window[];
}
