/**
 * The key that erases everything. It has none of its own, since one pressed by mistake would be final: a person gives it
 * one in the browser's page for shortcuts.
 */
import { browser } from 'wxt/browser';

/** As the manifests call it. */
const WIPE = 'wipe';
const CHROME_PAGE = 'chrome://extensions/shortcuts';

/** The part of Firefox's API that Chrome's types lack; with version 137. */
interface FirefoxCommands {
  openShortcutSettings(): Promise<void>;
}

export function onWipeShortcut(pressed: () => void): void {
  browser.commands.onCommand.addListener((command) => {
    if (command === WIPE) pressed();
  });
}

/** For views: the key as the browser writes it, and where it is chosen. */
export const shortcuts = {
  async wipeKey(): Promise<string | undefined> {
    const key = (await browser.commands.getAll()).find(({ name }) => name === WIPE)?.shortcut;
    return key === '' ? undefined : key;
  },
  choose(): void {
    if (import.meta.env.FIREFOX) void (browser.commands as unknown as FirefoxCommands).openShortcutSettings();
    else void browser.tabs.create({ url: CHROME_PAGE });
  },
};
