/** The toolbar button, the badge and the notifications: what both browsers' backgrounds do alike. */
import { browser } from 'wxt/browser';
import { type Badge, type News, WORDS_TAG } from '../bridge/background.ts';
import type { Settings } from '../bridge/types/snapshots.ts';
import { words } from '../locales/index.ts';

/** `action` in manifest version 3, `browserAction` in version 2. */
const action = browser.action ?? browser.browserAction;

const ACCENT = '#0a6a70';
const QUIET = '#55534e';
const LOCK = '\u{1F512}';

export function showBadge(badge: Badge): void {
  void action.setBadgeBackgroundColor({ color: badge === 'locked' ? QUIET : ACCENT });
  void action.setBadgeText({ text: badgeText(badge) });
}

function badgeText(badge: Badge): string {
  if (badge === 'locked') return LOCK;
  return badge === 0 ? '' : badge > 99 ? '99+' : String(badge);
}

export function showNews(news: News): void {
  void browser.notifications.create(news.tag, {
    type: 'basic',
    iconUrl: pageAddress('/icons/128.png'),
    title: news.about === 'words-failed' ? words.spoken.failed : (news.name ?? words.contact.nameless),
    message: wordsFor(news),
  });
}

function wordsFor(news: News): string {
  const { notifications } = words;
  switch (news.about) {
    case 'message':
      return notifications.message(news.count);
    case 'accepted':
      return notifications.accepted;
    case 'key-changed':
      return notifications.keyChanged;
    case 'words-failed':
      return notifications.wordsFailed;
  }
}

export function takeBack(tag: string): void {
  void browser.notifications.clear(tag);
}

/** Also those that an earlier start left: they say names. */
export function takeAllBack(): void {
  void browser.notifications.getAll().then((all) => {
    for (const tag of Object.keys(all)) takeBack(tag);
  });
}

/** A popup set here opens by itself, and then the button's own event does not come. */
export function openAs(how: Settings['openAs']): void {
  void action.setPopup({ popup: how === 'popup' ? '/popup.html' : '' });
}

/** Where views show a contact's conversation at once, from the extension's root. */
export type ConversationAddress = (contactId: string) => string;

/** Opens what a pressed notification is about, in a tab: a panel may only be opened from the toolbar. */
export function openOnNotification(addressOf: ConversationAddress): void {
  browser.notifications.onClicked.addListener((tag) => {
    takeBack(tag);
    void openTab(pageAddress(tag === WORDS_TAG ? '/tab.html' : `/${addressOf(tag)}`));
  });
}

/** In front of everything: the notification may be all that is seen of the browser, or all of its windows be closed. */
async function openTab(url: string): Promise<void> {
  const tab = await browser.tabs.create({ url }).catch(() => undefined);
  if (tab === undefined) await browser.windows.create({ url });
  else await browser.windows.update(tab.windowId, { focused: true });
}

/** Calls back synchronously, as a panel can only be opened in the very event. */
export function onToolbarButton(
  pressed: (tab: { readonly windowId: number; readonly url?: string }) => void,
): void {
  action.onClicked.addListener((tab) => {
    pressed({ windowId: tab.windowId, ...(tab.url === undefined ? {} : { url: tab.url }) });
  });
}

function pageAddress(path: string): string {
  return new URL(path, location.origin).href;
}
