/**
 * The keys that lock and that erase everything. What erases has none of its own, since one pressed by mistake would be
 * final: a person gives it one in the browser's page for shortcuts.
 */
import { browser } from 'wxt/browser';

/** As the manifests call them. */
const COMMANDS = ['lock', 'wipe'] as const;
type ShortcutCommand = (typeof COMMANDS)[number];

const CHROME_PAGE = 'chrome://extensions/shortcuts';

/** The part of Firefox's API that Chrome's types lack; with version 137. */
interface FirefoxCommands {
  openShortcutSettings(): Promise<void>;
}

export function onShortcut(pressed: (command: ShortcutCommand) => void): void {
  browser.commands.onCommand.addListener((name) => {
    const command = COMMANDS.find((one) => one === name);
    if (command !== undefined) pressed(command);
  });
}

/** For views: the keys as the browser writes them, and where they are chosen. */
export const shortcuts = {
  async keys(): Promise<{ readonly [C in ShortcutCommand]?: string }> {
    const all = await browser.commands.getAll();
    const keyOf = (command: ShortcutCommand) => all.find(({ name }) => name === command)?.shortcut ?? '';
    return Object.fromEntries(COMMANDS.map((one) => [one, keyOf(one)]).filter(([, key]) => key !== ''));
  },
  choose(): void {
    if (import.meta.env.FIREFOX) void (browser.commands as unknown as FirefoxCommands).openShortcutSettings();
    else void browser.tabs.create({ url: CHROME_PAGE });
  },
};
