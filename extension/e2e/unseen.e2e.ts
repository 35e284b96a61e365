import { describe, expect, it } from 'vitest';
import type { Launched } from '../launch/browsers.mjs';
import { meet, Person, until } from '../launch/conversation.mjs';
import { staged } from './stage.ts';

/** Asks Chrome's own interfaces, from the service worker: what they show is drawn by the browser. */
async function shown({
  browser,
}: Launched): Promise<{ readonly badge: string; readonly notifications: string[] }> {
  const target = await browser.waitForTarget((one) => one.type() === 'service_worker');
  const worker = await target.worker();
  if (worker === null) throw new Error('There is no service worker.');
  return worker.evaluate(async () => ({
    badge: await chrome.action.getBadgeText({}),
    notifications: Object.keys(await new Promise<object>((done) => chrome.notifications.getAll(done))),
  }));
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
      expect((await shown(bob.browser)).notifications).toHaveLength(1);

      const back = await Person.arrive('Bob', bob.browser);
      await back.openConversation('Alice');
      await back.waitForMessage('two');
      await until('the badge to go', async () => (await shown(bob.browser)).badge === '');
      expect((await shown(bob.browser)).notifications).toEqual([]);
    }));
});
