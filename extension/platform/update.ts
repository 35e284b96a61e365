/**
 * That a new version waits, which the browser says once: whoever heard it may be gone before there is a moment to reload,
 * Chrome's worker with its every end, the page that is the engine with a crash. So an alarm says it again for as long as
 * the update waits, whichever life of them hears it.
 */
import { browser } from 'wxt/browser';

const ALARM = 'update';

/** Calls back when an update is announced, and then once a minute. */
export function onUpdate(announced: () => void): void {
  // Once the browser has brought it by itself, there is nothing to say any more.
  for (const event of [browser.runtime.onInstalled, browser.runtime.onStartup])
    event.addListener(() => void browser.alarms.clear(ALARM));
  browser.runtime.onUpdateAvailable.addListener(() => {
    void browser.alarms.create(ALARM, { periodInMinutes: 1 });
    announced();
  });
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === ALARM) announced();
  });
}

/** Reloads into the new version. The alarm goes first, or it would be reloaded for ever. */
export function reloadInto(): void {
  void browser.alarms.clear(ALARM).finally(() => browser.runtime.reload());
}
