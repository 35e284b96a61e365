import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElementHandle } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { meet, type Person } from '../launch/conversation.mjs';
import { en } from '../locales/en.ts';
import { staged } from './stage.ts';

const PASSPHRASE = 'orbit velvet canyon';

/** Shows what is typed first: a field that hides it has another role in each browser. */
async function typeShown(person: Person, field: string): Promise<void> {
  await person.press(en.lock.showOf(field));
  await person.type(field, PASSPHRASE);
}

describe('a lost browser', () => {
  it('comes back in another one from a file: nothing twice, and new messages both ways', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'aside-backup-'));
    return staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'chromium')]);
      await meet(alice, bob, services.server);
      await alice.send('Before the back-up');
      await bob.waitForMessage('Before the back-up');
      await alice.waitForDelivery('Before the back-up', 'delivered');

      const driver = await alice.browser.browser.target().createCDPSession();
      await driver.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
      await alice.back();
      await alice.press(en.backup.open);
      await typeShown(alice, en.backup.passphrase);
      await typeShown(alice, en.backup.again);
      await alice.press(en.backup.save);
      const file = await alice.wait('the file', async () =>
        readdirSync(folder).find((name) => name.endsWith('.aside')),
      );
      await alice.press(en.backup.done);
      await alice.openConversation('Bob');
      await alice.send('Lost with the browser');
      await bob.waitForMessage('Lost with the browser');
      await alice.waitForDelivery('Lost with the browser', 'delivered');
      await alice.browser.close();
      await bob.send('While you were away');

      const again = await arrive('Alice', 'firefox');
      await again.press(en.restore.link);
      const field = await again.wait('the field for the file', () =>
        again.page.$('input[type=file]').then((found) => found ?? undefined),
      );
      await (field as ElementHandle<HTMLInputElement>).uploadFile(join(folder, file));
      await typeShown(again, en.restore.passphrase);
      await again.press(en.restore.start);
      await again.openConversation('Bob');
      await again.waitForMessage('While you were away');
      await again.send('Back again');
      await bob.waitForMessage('Back again');
      await bob.send('Welcome back');
      // The other may see it before whoever wrote it does.
      for (const person of [again, bob]) await person.waitForMessage('Welcome back');
      const texts = async (person: Person) => (await person.messages()).map(({ text }) => text);
      expect(await texts(again)).toEqual([
        'Before the back-up',
        'While you were away',
        'Back again',
        'Welcome back',
      ]);
      expect(await texts(bob)).toEqual([
        'Before the back-up',
        'Lost with the browser',
        'While you were away',
        'Back again',
        'Welcome back',
      ]);
    }).finally(() => rmSync(folder, { recursive: true, force: true }));
  });
});
