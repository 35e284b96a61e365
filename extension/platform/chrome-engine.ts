/** Chrome's offscreen page has `runtime` and no other extension API, so its shell is the service worker's. */
import { browser } from 'wxt/browser';
import type { ToBackground, ToEnginePage } from '../bridge/background.ts';
import type { Engine } from '../engine/engine.ts';
import type { Shell } from '../engine/shell.ts';

function tell(message: ToBackground): void {
  // Any message starts the service worker; a failure to hear means that the browser is closing.
  void browser.runtime.sendMessage(message).catch(() => {});
}

export const chromeShell: Shell = {
  badge: (unread) => tell({ to: 'background', kind: 'badge', unread }),
  notify: (news) => tell({ to: 'background', kind: 'notify', news }),
  dismiss: (tag) => tell({ to: 'background', kind: 'dismiss', tag }),
  openAs: (openAs) => tell({ to: 'background', kind: 'open-as', openAs }),
  reload: () => tell({ to: 'background', kind: 'reload' }),
};

/** Hands on what the service worker heard from the browser. */
export function listenToBackground(engine: Engine): void {
  browser.runtime.onMessage.addListener((message: ToBackground | ToEnginePage) => {
    if (message.to !== 'engine') return;
    if (message.kind === 'propose') engine.propose(message.address);
    else engine.updateAvailable();
  });
}
