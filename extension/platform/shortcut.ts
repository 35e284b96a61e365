/**
 * The key that erases everything. It has none of its own, since one pressed by mistake would be final: a person gives it
 * one in the browser's page for shortcuts.
 */
import { browser } from 'wxt/browser';

/** As the manifests call it. */
export const WIPE = 'wipe';

export function onWipeShortcut(pressed: () => void): void {
  browser.commands.onCommand.addListener((command) => {
    if (command === WIPE) pressed();
  });
}
