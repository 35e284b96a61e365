/** Asks the browser to see to it that the engine runs; its background does so at any message. */
import { browser } from 'wxt/browser';
import type { ToBackground } from '../bridge/background.ts';

export function wakeEngine(): void {
  const message: ToBackground = { to: 'background', kind: 'wake' };
  // Rejected where nobody answers, which is no news: whoever waits says hello again.
  void browser.runtime.sendMessage(message).catch(() => {});
}
