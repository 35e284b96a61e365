import { describe, expect, it } from 'vitest';
import type { Launched } from '../launch/browsers.mjs';
import { meet, Person, until } from '../launch/conversation.mjs';
import { en } from '../locales/en.ts';
import { SPOKEN_WORDS } from '../locales/spoken-words.ts';
import { serviceWorker, staged, wordsOf } from './stage.ts';

/** Asks Chrome's own interfaces, from the service worker: what they show is drawn by the browser. */
async function shown(
  browser: Launched,
): Promise<{ readonly badge: string; readonly notifications: string[] }> {
  const worker = await serviceWorker(browser);
  return worker.evaluate(async () => ({
    badge: await chrome.action.getBadgeText({}),
    notifications: Object.keys(await new Promise<object>((done) => chrome.notifications.getAll(done))),
  }));
}

/** Says what Chrome does when somebody presses a notification; where it is drawn no test reaches. */
async function pressNotification(browser: Launched): Promise<void> {
  const worker = await serviceWorker(browser);
  await worker.evaluate(async () => {
    const [tag] = Object.keys(await new Promise<object>((done) => chrome.notifications.getAll(done)));
    const pressed = chrome.notifications.onClicked as unknown as { dispatch(tag: string | undefined): void };
    pressed.dispatch(tag);
  });
}

describe('a message that nobody looks at', () => {
  it('is counted on the toolbar button and told by a notification, until it is read', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'chromium')]);
      await meet(alice, bob, services.server);
      expect((await shown(bob.browser)).badge).toBe('');
      await bob.page.close();
      await alice.send('one');
      await alice.send('two');
      await alice.waitForDelivery('two', 'delivered');
      await until('the badge', async () => (await shown(bob.browser)).badge === '2');
      await until('one notification', async () => (await shown(bob.browser)).notifications.length === 1);

      // It leads to where the message is.
      await pressNotification(bob.browser);
      const opened = await bob.browser.browser.waitForTarget((one) => one.url().includes('/tab.html#'));
      const page = await opened.page();
      if (page === null) throw new Error('The conversation is in no page.');
      const back = new Person('Bob', bob.browser, page);
      await back.waitForMessage('two');
      await until('the badge to go', async () => (await shown(bob.browser)).badge === '');
      await until(
        'the notification to go',
        async () => (await shown(bob.browser)).notifications.length === 0,
      );
    }));
});

describe('a wrong try at my three words that nobody looks at', () => {
  it('is told by a notification, and above whatever comes on the screen until it is answered', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, mallory] = await Promise.all([arrive('Alice', 'chromium'), arrive('Mallory', 'firefox')]);
      await Promise.all([alice, mallory].map((person) => person.begin(services.server)));
      await alice.press(en.list.invite);
      await alice.press(en.spoken.offer);
      const [first, second, third] = await wordsOf(alice);
      await alice.page.close();

      // Who has heard the first word comes as far as the one guess.
      const guessed = SPOKEN_WORDS.find((word) => word !== second);
      await mallory.press(en.list.paste);
      await mallory.press(en.spoken.typeOffer);
      const field = await mallory.find('combobox', en.spoken.field);
      await field.type(`${first} ${guessed} ${third}`);
      await mallory.press(en.spoken.connect);
      await mallory.wait('what became of the words', async () =>
        (await mallory.text()).includes(en.errors['words-wrong']),
      );
      await until(
        'the notification',
        async () => (await shown(alice.browser)).notifications.join() === 'words',
      );

      const back = await Person.arrive('Alice', alice.browser);
      await back.wait('the news', async () => (await back.text()).includes(en.spoken.failed));
      await back.press(en.general.close);
      await until('it to go', async () => (await shown(alice.browser)).notifications.length === 0);
      // The words of it stay a while in what screen readers are told.
      await back.wait('the note to go', async () => !(await back.look('button', en.general.close)));
    }));
});
