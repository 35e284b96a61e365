/** Firefox's persistent background page, which is the engine itself. */
import { browser } from 'wxt/browser';
import { readInviteLink } from '../engine/address.ts';
import type { Engine } from '../engine/engine.ts';
import type { Shell } from '../engine/shell.ts';
import { listenForMessages, obey } from './listen.ts';
import { onShortcut } from './shortcut.ts';
import {
  type ConversationAddress,
  onToolbarButton,
  openAs,
  openOnNotification,
  showBadge,
  showNews,
  takeAllBack,
  takeBack,
} from './toolbar.ts';
import { onUpdate, reloadInto } from './update.ts';

export const firefoxShell: Shell = {
  badge: showBadge,
  notify: showNews,
  dismiss: takeBack,
  dismissAll: takeAllBack,
  openAs,
  reload: reloadInto,
};

/** The part of Firefox's API that Chrome's types lack. */
interface Sidebar {
  open(): Promise<void>;
  toggle(): Promise<void>;
}

/** The listeners stand from the page's first moment; what comes before the engine does waits for it. */
export function listenToFirefox(engine: Promise<Engine>, addressOf: ConversationAddress): void {
  const sidebar = (browser as unknown as { sidebarAction: Sidebar }).sidebarAction;
  onToolbarButton((tab) => {
    // First and without waiting: after one `await` the gesture is gone. An invite must not close an open sidebar.
    const { url } = tab;
    if (url !== undefined && readInviteLink(url) !== undefined) {
      void sidebar.open();
      void engine.then((ready) => ready.propose(url));
    } else void sidebar.toggle();
  });
  openOnNotification(addressOf);
  onShortcut((command) => void engine.then((ready) => obey(ready, command)));
  listenForMessages(engine);
  onUpdate(() => void engine.then((ready) => ready.updateAvailable()));
}
