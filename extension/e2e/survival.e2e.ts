import { describe, expect, it } from 'vitest';
import type { Launched } from '../launch/browsers.mjs';
import { meet, until } from '../launch/conversation.mjs';
import { staged } from './stage.ts';

/** The offscreen page that is the engine, where there is one. */
const engineOf = ({ browser }: Launched) =>
  browser.targets().find((target) => target.type() === 'background_page');

/**
 * Ends the engine's page and nothing else. A crash of its process is another matter: Chromium then unloads the whole
 * extension until the person or the next start loads it again, which is what the kill tests are about.
 */
async function endEngine(browser: Launched): Promise<void> {
  const target = engineOf(browser);
  if (target === undefined) throw new Error('There is no engine to end.');
  const session = await target.createCDPSession();
  // May never be answered: the page is gone.
  session.send('Runtime.evaluate', { expression: 'window.close()' }).catch(() => {});
  await until('the engine to be gone', async () => engineOf(browser) !== target);
}

// At once, since one of them does nothing but wait for most of a minute.
describe.concurrent('Chrome', () => {
  it('ends the service worker in mid-conversation, and nobody notices', (context) =>
    staged(context, async ({ services, start, arrive }) => {
      // An attached debugger would keep the worker alive.
      const browser = await start('chromium', { leaveWorkers: true });
      const [alice, bob] = await Promise.all([arrive('Alice', browser), arrive('Bob', 'chromium')]);
      await meet(alice, bob, services.server, { accepted: true });
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['direct'])));
      const session = await alice.page.createCDPSession();
      const running = new Set<string>();
      let stops = 0;
      session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        for (const { versionId, runningStatus } of versions) {
          if (runningStatus !== 'stopped') running.add(versionId);
          else if (running.delete(versionId)) stops++;
        }
      });
      await session.send('ServiceWorker.enable');
      await until('the worker to run', async () => running.size > 0);
      const before = stops;
      await session.send('ServiceWorker.stopAllWorkers');
      // The alarm, or whatever else wakes it, may have it run again before anybody looks.
      await until('the worker to stop', async () => stops > before);
      await alice.send('Still here?');
      await bob.waitForMessage('Still here?');
      await bob.send('Of course.');
      await alice.waitForMessage('Of course.');
      expect(await alice.connection()).toMatchObject({ state: 'direct' });
    }));

  it('loses the engine’s page, and an open view brings it back at once', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'chromium')]);
      await meet(alice, bob, services.server);
      await endEngine(bob.browser);
      await alice.send('Are you back?');
      await bob.waitForMessage('Are you back?');
      await bob.send('I am.');
      // The other may see it before whoever wrote it does.
      for (const person of [alice, bob]) await person.waitForMessage('I am.');
      await alice.waitForDelivery('Are you back?', 'delivered');
      expect((await bob.messages()).map(({ text }) => text)).toEqual(['Are you back?', 'I am.']);
    }));

  it('loses the engine’s page with no view open, and the alarm brings it back within its minute', (context) =>
    staged(context, async ({ services, start, arrive }) => {
      const browser = await start('chromium', { leaveWorkers: true });
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', browser)]);
      await meet(alice, bob, services.server);
      await bob.page.close();
      await endEngine(browser);
      await alice.send('Nobody looks');
      // Its minute, and what an engine takes that starts anew and is as long as any step may take.
      await alice.waitForDelivery('Nobody looks', 'delivered', 90_000);
    }));
});
