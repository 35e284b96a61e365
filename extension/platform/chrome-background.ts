/**
 * Chrome's service worker: it holds nothing and wakes things. Its every start, an alarm each minute and any message
 * call one `ensureEngine`, which also revives an offscreen page that crashed.
 */
import { browser } from 'wxt/browser';
import type { ToBackground, ToEnginePage } from '../bridge/background.ts';
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

const ENGINE_PAGE = '/engine.html';
const ALARM = 'ensure-engine';
const UPDATE: ToEnginePage = { to: 'engine', kind: 'update-available' };

/** Creating the offscreen page twice at once throws, so everybody shares the one promise. */
let ensuring: Promise<void> | undefined;

/** Never rejects: an earlier life of this worker may just have made the page, and else the alarm tries again. */
function ensureEngine(): Promise<void> {
  ensuring ??= createEngine()
    .catch(() => {})
    .finally(() => {
      ensuring = undefined;
    });
  return ensuring;
}

async function isThere(): Promise<boolean> {
  const contexts = await chrome.runtime.getContexts({
    contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT],
  });
  return contexts.length > 0;
}

async function createEngine(): Promise<void> {
  if (await isThere()) return;
  await chrome.offscreen.createDocument({
    url: ENGINE_PAGE,
    reasons: [chrome.offscreen.Reason.WEB_RTC],
    justification: 'Keeps the connections to your contacts while no view is open.',
  });
}

async function say(message: ToEnginePage): Promise<void> {
  await browser.runtime.sendMessage(message).catch(() => {});
}

async function tellEngine(message: ToEnginePage): Promise<void> {
  await ensureEngine();
  await say(message);
}

/** What a view said to the engine's page was said to nobody where that is gone or still comes: then it is said again. */
async function passOn(message: ToEnginePage): Promise<void> {
  const isComing = ensuring !== undefined;
  if (isComing || !(await isThere())) await tellEngine(message);
}

export function startChromeBackground(addressOf: ConversationAddress): void {
  for (const event of [browser.runtime.onInstalled, browser.runtime.onStartup])
    event.addListener(() => void ensureEngine());
  onUpdate(() => void tellEngine(UPDATE));
  browser.alarms.onAlarm.addListener(() => void ensureEngine());
  browser.runtime.onMessage.addListener((message: ToBackground | ToEnginePage) => {
    if (message.to === 'background') hear(message);
    else void passOn(message);
  });
  onToolbarButton((tab) => {
    // First and without waiting: after one `await` the gesture is gone.
    void chrome.sidePanel.open({ windowId: tab.windowId });
    if (tab.url !== undefined) void tellEngine({ to: 'engine', kind: 'propose', address: tab.url });
  });
  openOnNotification(addressOf);
  onShortcut((command) => void tellEngine({ to: 'engine', kind: command }));
  void browser.alarms.create(ALARM, { periodInMinutes: 1 });
  void ensureEngine();
}

function hear(message: ToBackground): void {
  void ensureEngine();
  switch (message.kind) {
    case 'wake':
      break;
    case 'badge':
      showBadge(message.badge);
      break;
    case 'notify':
      showNews(message.news);
      break;
    case 'dismiss':
      takeBack(message.tag);
      break;
    case 'dismiss-all':
      takeAllBack();
      break;
    case 'open-as':
      openAs(message.openAs);
      break;
    case 'reload':
      reloadInto();
      break;
  }
}
