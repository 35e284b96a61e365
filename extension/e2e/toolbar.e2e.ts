import { describe, expect, it } from 'vitest';
import { Person, until } from '../launch/conversation.mjs';
import { names } from '../launch/names.mjs';
import { staged } from './stage.ts';

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

      const extensions = await browser.browser.extensions();
      const aside = [...extensions.values()].find(({ name }) => name === 'Aside');
      if (aside === undefined) throw new Error('Aside is not installed.');
      await landing.triggerExtensionAction(aside);
      const panel = await until('the side panel', async () => {
        const target = browser.browser.targets().find((one) => one.url().endsWith('/panel.html'));
        return target === undefined ? undefined : ((await target.page()) ?? (await target.asPage()));
      });
      const bob = new Person('Bob', browser, panel);
      await bob.type(names.yourName, 'Bob');
      expect(await bob.look('textbox', names.server)).toBeUndefined();
      await bob.press(names.accept);
      await bob.openConversation('Alice');
      await alice.openConversation('Bob');
      await bob.send('From the panel');
      await alice.waitForMessage('From the panel');
    }));
});
