import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Launched } from '../launch/browsers.mjs';
import { meet, type Person } from '../launch/conversation.mjs';
import { names } from '../launch/names.mjs';
import type { BrowserKind } from '../launch/programs.mjs';
import { serviceWorker, staged } from './stage.ts';

const PASSPHRASE = 'orbit velvet canyon';
const KINDS: readonly BrowserKind[] = ['chromium', 'firefox'];

/** Shows what is typed first: a field that hides it has another role in each browser. */
async function typeShown(person: Person, field: string, text: string): Promise<void> {
  if (!(await person.look('textbox', field))) await person.press(names.show(field));
  await person.type(field, text);
}

/** Says what Chrome does when somebody hits a key of the extension's: its own keys no test can hit. */
async function pressShortcut(browser: Launched, command: string): Promise<void> {
  const worker = await serviceWorker(browser);
  await worker.evaluate((name) => {
    const pressed = chrome.commands.onCommand as unknown as { dispatch(command: string): void };
    pressed.dispatch(name);
  }, command);
}

describe('a profile with a passphrase', () => {
  it.for(KINDS)(
    'is locked after a restart, opens to who knows it, and can be erased (%s)',
    (kind, context) => {
      const profile = mkdtempSync(join(tmpdir(), 'aside-locked-'));
      return staged(context, async ({ services, start, arrive }) => {
        const options = { profile, xpi: kind === 'firefox' };
        const [alice, first] = await Promise.all([arrive('Alice', 'chromium'), start(kind, options)]);
        const before = await arrive('Bob', first);
        await meet(alice, before, services.server);
        await alice.send('Before the lock');
        await before.waitForMessage('Before the lock');
        await before.back();
        await before.press(names.menu);
        await before.press(names.settings, 'menuitem');
        await before.press(names.setPassphrase);
        await typeShown(before, names.newPassphrase, PASSPHRASE);
        await typeShown(before, names.newPassphraseAgain, PASSPHRASE);
        await before.press(names.setPassphrase);
        await before.find('button', names.lockNow);
        await first.close();

        const bob = await arrive('Bob', await start(kind, options));
        await bob.find('button', names.unlock);
        expect(await bob.text()).not.toContain('Alice');
        await alice.send('While it was locked');
        await typeShown(bob, names.passphrase, 'something else');
        await bob.press(names.unlock);
        await bob.wait('the words for a wrong guess', async () =>
          (await bob.text()).includes('not the passphrase'),
        );
        await typeShown(bob, names.passphrase, PASSPHRASE);
        await bob.press(names.unlock);
        await bob.openConversation('Alice');
        await bob.waitForMessage('While it was locked');
        expect((await bob.messages()).map(({ text }) => text)).toEqual([
          'Before the lock',
          'While it was locked',
        ]);

        if (kind === 'chromium') await pressShortcut(bob.browser, 'lock');
        else {
          await bob.back();
          await bob.press(names.menu);
          await bob.press(names.lockNow, 'menuitem');
        }
        await bob.press(names.erase);
        await bob.press(names.eraseConfirm);
        await bob.find('textbox', names.yourName);
      }).finally(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    },
  );
});
