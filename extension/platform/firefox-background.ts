/** Firefox's persistent background page, which is the engine itself. */
import { browser } from 'wxt/browser';
import { readInviteLink } from '../engine/address.ts';
import type { Engine } from '../engine/engine.ts';
import type { Shell } from '../engine/shell.ts';
import { listenForMessages } from './listen.ts';
import { onToolbarButton, openAs, openOnNotification, showBadge, showNews, takeBack } from './toolbar.ts';

export const firefoxShell: Shell = {
  badge: showBadge,
  notify: showNews,
  dismiss: takeBack,
  openAs,
  reload: () => browser.runtime.reload(),
};

/** The part of Firefox's API that Chrome's types lack. */
interface Sidebar {
  open(): Promise<void>;
  toggle(): Promise<void>;
}

export function listenToFirefox(engine: Engine): void {
  const sidebar = (browser as unknown as { sidebarAction: Sidebar }).sidebarAction;
  onToolbarButton((tab) => {
    // First and without waiting: after one `await` the gesture is gone. An invite must not close an open sidebar.
    if (tab.url !== undefined && readInviteLink(tab.url) !== undefined) {
      void sidebar.open();
      engine.propose(tab.url);
    } else void sidebar.toggle();
  });
  openOnNotification();
  listenForMessages(engine);
  browser.runtime.onUpdateAvailable.addListener(() => engine.updateAvailable());
}
