/** Chrome's offscreen page has `runtime` and no other extension API, so its shell is the service worker's. */
import { browser } from 'wxt/browser';
import type { ToBackground } from '../bridge/background.ts';
import type { Shell } from '../engine/shell.ts';

function tell(message: ToBackground): void {
  // Any message starts the service worker; a failure to hear means that the browser is closing.
  void browser.runtime.sendMessage(message).catch(() => {});
}

export const chromeShell: Shell = {
  badge: (badge) => tell({ to: 'background', kind: 'badge', badge }),
  notify: (news) => tell({ to: 'background', kind: 'notify', news }),
  dismiss: (tag) => tell({ to: 'background', kind: 'dismiss', tag }),
  dismissAll: () => tell({ to: 'background', kind: 'dismiss-all' }),
  openAs: (openAs) => tell({ to: 'background', kind: 'open-as', openAs }),
  reload: () => tell({ to: 'background', kind: 'reload' }),
};
