/**
 * An open invite for the engine, from a view: a popup that the toolbar button opens keeps the button's own event away
 * from the background, so it looks at the open tab itself (`activeTab` covers the press in both browsers).
 */
import { browser } from 'wxt/browser';
import type { ToEnginePage } from '../bridge/background.ts';
import { readInviteLink } from '../engine/address.ts';

export async function proposeOpenTab(): Promise<void> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  if (tab?.url === undefined || readInviteLink(tab.url) === undefined) return;
  const message: ToEnginePage = { to: 'engine', kind: 'propose', address: tab.url };
  await browser.runtime.sendMessage(message).catch(() => {});
}
