import type { Page } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import type { Launched } from '../launch/browsers.mjs';
import { Person, until } from '../launch/conversation.mjs';
import { firefoxWindow } from '../launch/firefox-window.mjs';
import { names } from '../launch/names.mjs';
import { en } from '../locales/en.ts';
import { serviceWorker, staged } from './stage.ts';

/** Presses Aside's button in the toolbar of a tab. */
async function pressButton({ browser }: Launched, tab: Page): Promise<void> {
  const aside = [...(await browser.extensions()).values()].find(({ name }) => name === 'Aside');
  if (aside === undefined) throw new Error('Aside is not installed.');
  await tab.triggerExtensionAction(aside);
}

/** A page of the extension's that the browser opens by itself. */
function pageAt({ browser }: Launched, path: string): Promise<Page> {
  return until(path, async () => {
    const target = browser.targets().find((one) => one.url().endsWith(path));
    return target === undefined ? undefined : ((await target.page()) ?? (await target.asPage()));
  });
}

describe('the toolbar button', () => {
  it('on an open invite opens the panel, which asks for a name and accepts in one screen', (context) =>
    staged(context, async ({ services, start, arrive }) => {
      const [alice, browser] = await Promise.all([arrive('Alice', 'chromium'), start('chromium')]);
      await alice.begin(services.server);
      const link = await alice.invite();

      const landing = await browser.browser.newPage();
      await landing.goto(link);
      const heading = await landing.$eval('h1', (element) => element.textContent);
      expect(heading).toMatch(/\S/);
      // The page is without script: what the link holds after its # stays in the address bar.
      expect(await landing.$$('script')).toEqual([]);

      await pressButton(browser, landing);
      const bob = new Person('Bob', browser, await pageAt(browser, '/panel.html'));
      await bob.type(names.yourName, 'Bob');
      expect(await bob.look('textbox', names.server)).toBeUndefined();
      await bob.press(names.accept);
      await bob.openConversation('Alice');
      await alice.openConversation('Bob');
      await bob.send('From the panel');
      await alice.waitForMessage('From the panel');
    }));

  it('opens a popup where the person wants that, which finds an open invite too', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, before] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'chromium')]);
      await Promise.all([alice, before].map((person) => person.begin(services.server)));
      await before.openSettings();
      await before.press(en.settings.popup, 'radio');
      // The view shows it at once; the engine keeps it first, and then tells Chrome.
      const worker = await serviceWorker(before.browser);
      await until('the popup to be set', () =>
        worker.evaluate(async () => (await chrome.action.getPopup({})) !== ''),
      );
      const link = await alice.invite();
      const landing = await before.browser.browser.newPage();
      await landing.goto(link);
      await before.page.close();
      await pressButton(before.browser, landing);
      const bob = new Person('Bob', before.browser, await pageAt(before.browser, '/popup.html'));
      await bob.press(names.accept);
      await bob.openConversation('Alice');
      expect(before.browser.browser.targets().some((one) => one.url().endsWith('/panel.html'))).toBe(false);
    }));

  it('is not needed: a newcomer who has only the link begins with it, and need not know a server', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
      await alice.begin(services.server);
      const link = await alice.invite();
      bob.presses = 0;
      await bob.press(en.firstRun.haveLink);
      await bob.type(names.inviteLink, link);
      await bob.type(names.yourName, 'Bob');
      expect(await bob.look('textbox', names.server)).toBeUndefined();
      await bob.press(names.accept);
      expect(bob.presses).toBe(2);
      await bob.openConversation('Alice');
      await alice.openConversation('Bob');
      await bob.send('From a pasted link');
      await alice.waitForMessage('From a pasted link');
    }));

  it('opens the real sidebar of Firefox, and an open invite is offered in every view', (context) =>
    staged(context, async ({ services, start, arrive }) => {
      const [alice, browser] = await Promise.all([arrive('Alice', 'chromium'), start('firefox')]);
      await alice.begin(services.server);
      const link = await alice.invite();
      const landing = await browser.browser.newPage();
      await landing.goto(link, { waitUntil: [] });
      await until('the landing page', () => landing.$eval('h1', (element) => element.textContent !== ''));

      const inWindow = await firefoxWindow(browser);
      expect(await inWindow('SidebarController.isOpen')).toBe(false);
      await inWindow(`
        const id = CustomizableUI.getWidgetIdsInArea('unified-extensions-area').find((one) => one.startsWith('aside'));
        CustomizableUI.addWidgetToArea(id, 'nav-bar');
        document.getElementById(id).querySelector('.unified-extensions-item-action-button').click();
      `);
      await until('the sidebar', async () => (await inWindow('SidebarController.isOpen')) === true);
      expect(await inWindow('SidebarController.currentID')).toMatch(/^aside/);
      // Pressed again it stays: an invite closes nothing.
      await inWindow(`
        document.querySelector('#nav-bar .unified-extensions-item[id^="aside"] .unified-extensions-item-action-button').click();
      `);

      const bob = await arrive('Bob', browser);
      await bob.type(names.yourName, 'Bob');
      await bob.press(names.accept);
      await bob.openConversation('Alice');
      await alice.openConversation('Bob');
      await bob.send('Beside the sidebar');
      await alice.waitForMessage('Beside the sidebar');
      expect(await inWindow('SidebarController.isOpen')).toBe(true);
    }));
});
