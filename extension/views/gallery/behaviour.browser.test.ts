import { describe, expect, it } from 'vitest';
import type { ContactView } from '../../bridge/types/snapshots.ts';
import type { App } from '../models/app.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import {
  BOB,
  conversation,
  LONG,
  MAYA,
  mine,
  NOW,
  SETTINGS,
  TOM,
  theirs,
  WITH_BOB,
  WITH_LONG,
} from '../testing/samples.ts';
import { descriptionOf, handsOn, isInSight } from './hands.ts';
import { pageForEach } from './opened.ts';

// What the keyboard and the focus do, in a real browser, found by role and name.

const { page, gallery } = pageForEach();

const {
  open,
  find,
  press,
  keys,
  focused,
  has,
  focusComesTo,
  calls,
  update,
  answer,
  holdBack,
  showConversation: show,
} = handsOn(page, gallery);

/** As with the keys, where the clipboard holds this. */
async function paste(text: string): Promise<void> {
  const permissions = ['clipboard-read', 'clipboard-sanitized-write'] as const;
  await gallery()
    .browser.defaultBrowserContext()
    .overridePermissions(gallery().origin, [...permissions]);
  await page().evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page().keyboard.down('Control');
  await page().keyboard.press('v', { commands: ['paste'] });
  await page().keyboard.up('Control');
}

/** Gives the open view a contact as they are from now on. */
function change(contact: ContactView): Promise<void> {
  return page().evaluate((next) => {
    const { app, client } = (globalThis as unknown as { gallery: { app: App; client: FakeClient } }).gallery;
    const stage = app.stage.value;
    if (stage.show !== 'main') throw new Error(stage.show);
    const contacts = stage.ready.contacts.map((each) => (each.id === next.id ? next : each));
    client.show({ ...stage.ready, contacts });
  }, contact);
}

describe('the list', () => {
  it('is walked with the arrows, entered with Enter, and left to where one was', async () => {
    await open('list');
    await (await find('button', BOB.name)).focus();
    await keys('ArrowDown');
    expect(await focused()).toBe('button Maya');
    await keys('ArrowUp', 'ArrowUp');
    expect(await focused()).toBe('button Bob');
    await keys('End', 'Home', 'ArrowDown', 'Enter');
    expect(await focused()).toBe('textbox Message to Maya');
    await keys('Escape');
    expect(await focused()).toBe('button Maya');
  });

  it('stands below the news that a wrong try used up my words, one press away from new ones', async () => {
    await open('conversation-words-failed');
    await press('New words');
    expect(await focused()).toBe('heading Say three words');
    expect(await calls('create-words-invite')).toHaveLength(1);
    expect(await has('button', 'Close')).toBe(false);
  });

  it.each([
    ['list-refused', 'Server settings'],
    ['list-pass', 'Enter the address'],
  ])('is one press away from another server where its own is of no use: %s', async (scene, button) => {
    await open(scene);
    await press(button);
    expect(await has('textbox', 'Server')).toBe(true);
  });

  it('gives the focus to what the screen is for when that news is closed', async () => {
    await open('conversation-words-failed');
    await (await find('button', 'Close')).focus();
    await keys('Enter');
    await page().waitForSelector('::-p-aria([name="Close"][role="button"])', { hidden: true });
    expect(await focused()).toBe('textbox Message to Maya');
  });

  it('leads from connecting again to three words for that contact', async () => {
    await open('invite-again');
    await press('Say three words instead');
    expect(await focused()).toBe(`heading Invite ${TOM.name} again`);
    expect(await calls('create-words-invite')).toEqual([{ type: 'create-words-invite', contactId: TOM.id }]);
  });

  it('can be reached with Tab also when the row is gone that was the way in', async () => {
    await open('list', 'wide');
    await (await find('button', BOB.name)).focus();
    await keys('ArrowDown');
    await update({ contacts: [BOB, TOM] });
    await page().waitForSelector('::-p-aria([name="Maya"][role="button"])', { hidden: true });
    const reached = '[data-row][tabindex="0"]';
    expect(await page().$$eval(reached, (rows) => rows.map((row) => row.textContent))).toEqual([BOB.name]);
    await update({ contacts: [TOM, BOB, MAYA] });
    await find('button', MAYA.name);
    expect(await page().$$eval(reached, (rows) => rows.map((row) => row.textContent))).toEqual([BOB.name]);
  });

  it('is one press away from somebody who never comes', async () => {
    await open('list');
    await page().evaluate(() => {
      const { app } = (globalThis as unknown as { gallery: { app: App } }).gallery;
      app.navigation.go({ at: 'conversation', contactId: 'nobody' });
    });
    await press('Back');
    expect(await focused()).toBe('heading Aside');
  });

  it('is one stop for Tab', async () => {
    await open('list');
    await (await find('button', BOB.name)).focus();
    await keys('ArrowDown', 'Tab');
    expect(await focused()).toBe('button Invite someone');
    await page().keyboard.down('Shift');
    await keys('Tab');
    await page().keyboard.up('Shift');
    expect(await focused()).toBe('button Maya');
  });

  it('is searched after a slash, and shows everybody again after Escape', async () => {
    await open('list-many');
    await keys('/');
    expect(await focused()).toBe('textbox Search');
    await page().keyboard.type('ines');
    expect(await has('button', 'Bob')).toBe(false);
    expect(await has('button', 'Inês')).toBe(true);
    await keys('ArrowDown');
    expect(await focused()).toBe('button Inês');
    await press('Clear the search');
    expect(await has('button', 'Bob')).toBe(true);
  });

  it('opens its menu with the keys and gives the focus back', async () => {
    await open('list');
    await (await find('button', 'Menu')).focus();
    await keys('Enter');
    expect(await focused()).toBe('menuitem Search messages');
    await keys('ArrowDown', 'ArrowDown');
    expect(await focused()).toBe('menuitem Open in a tab');
    await keys('Escape');
    expect(await focused()).toBe('button Menu');
    await keys('Enter', 'ArrowDown', 'Enter');
    expect(await has('heading', 'Settings')).toBe(true);
    await keys('Escape');
    expect(await focused()).toBe('button Menu');
  });
});

describe('a conversation', () => {
  it('sends with Enter, breaks the line with Shift and Enter', async () => {
    await open('conversation');
    expect(await focused()).toBe('textbox Message to Bob');
    await page().keyboard.type('One');
    await page().keyboard.down('Shift');
    await keys('Enter');
    await page().keyboard.up('Shift');
    await page().keyboard.type('Two');
    await keys('Enter');
    expect(await calls('send')).toEqual([{ type: 'send', contactId: BOB.id, text: 'One\nTwo' }]);
    expect(await focused()).toBe('textbox Message to Bob');
  });

  it('leaves Escape to an input method that is composing', async () => {
    await open('conversation');
    const field = await find('textbox', 'Message to Bob');
    await field.evaluate((element) =>
      element.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true, cancelable: true }),
      ),
    );
    expect(await has('textbox', 'Message to Bob')).toBe(true);
  });

  it('leaves Enter to an input method that is composing', async () => {
    await open('conversation');
    const field = await find('textbox', 'Message to Bob');
    await page().keyboard.type('に');
    await field.evaluate((element) =>
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })),
    );
    expect(await calls('send')).toEqual([]);
  });

  it('keeps the draft while one looks elsewhere, and shows it in the list', async () => {
    await open('conversation');
    await page().keyboard.type('Not yet');
    await keys('Escape');
    expect(await page().$eval('main', (main) => main.textContent)).toContain('Draft: Not yet');
    await press('Bob');
    const field = await find('textbox', 'Message to Bob');
    expect(await field.evaluate((element) => (element as HTMLTextAreaElement).value)).toBe('Not yet');
  });

  it('opens at its end, loads older messages above without moving what is read, and finds the end again', async () => {
    await open('conversation-long');
    const region = await page().$('section.thread');
    const left = () =>
      region?.evaluate((element) =>
        Math.round(element.scrollHeight - element.clientHeight - element.scrollTop),
      );
    expect(await left()).toBe(0);
    const before = (await page().$$('article')).length;
    await region?.evaluate((element) => element.scrollTo({ top: 400 }));
    await page().waitForFunction((count) => document.querySelectorAll('article').length > count, {}, before);
    const tops = await region?.evaluate((element) => element.scrollTop);
    expect(tops).toBeGreaterThan(400);
    await press('To the newest message, 128 unread');
    expect(await left()).toBe(0);
  });

  it('is found where it was left by whoever comes back from another screen', async () => {
    await open('conversation-long');
    await page().$eval('.thread', (thread) => {
      const scrolled = new Promise((done) => thread.addEventListener('scroll', done, { once: true }));
      thread.scrollTop = thread.scrollHeight / 2;
      return scrolled;
    });
    const inSight = () =>
      page().$$eval('.message', (all) => {
        const first = all.find((one) => one.getBoundingClientRect().bottom > 120);
        return { text: first?.textContent, top: first?.getBoundingClientRect().top ?? 0 };
      });
    const before = await inSight();
    // A place is told in whole pixels where lines have none.
    const isWhereItWas = async () => {
      const { text, top } = await inSight();
      return text === before.text && Math.abs(top - before.top) < 2;
    };
    await (await find('button', `About ${LONG.name}`)).click();
    await find('heading', LONG.name);
    await keys('Escape');
    expect(await focused()).toBe(`button About ${LONG.name}`);
    await expect.poll(isWhereItWas, { timeout: 5_000 }).toBe(true);
  });

  it('stays with what is read while new messages push the oldest out of what is shown', async () => {
    await open('conversation-long');
    const region = await page().$('section.thread');
    const place = (text?: string) =>
      page().evaluate((wanted) => {
        const all = [...document.querySelectorAll('li.message')];
        const top = document.querySelector('section.thread')?.getBoundingClientRect().top ?? 0;
        const one =
          wanted === undefined
            ? all.find((each) => each.getBoundingClientRect().bottom > top)
            : all.find((each) => each.textContent === wanted);
        return { text: one?.textContent ?? '', top: Math.round(one?.getBoundingClientRect().top ?? -1) };
      }, text);
    const messages = WITH_LONG.messages.map((message, n) => ({ ...message, text: `Message ${n}` }));
    await show({ ...WITH_LONG, hasOlder: true, messages });
    await region?.evaluate((element) => element.scrollTo({ top: 800 }));
    await find('button', 'To the newest message, 128 unread');
    const before = await place();
    const news = Array.from({ length: 5 }, (_, n) => theirs(900 + n, `News ${n}`, NOW));
    await show({ ...WITH_LONG, hasOlder: true, messages: [...messages.slice(news.length), ...news] });
    expect(await place(before.text)).toEqual(before);
  });

  it('has room above a name of several lines', async () => {
    await open('conversation-long');
    const above = await page().$eval('.conversation h1', (name) => {
      const bar = name.closest('.bar')?.getBoundingClientRect().top ?? Number.NaN;
      return name.getBoundingClientRect().top - bar;
    });
    expect(above).toBeGreaterThanOrEqual(4);
  });

  it('leads from an address in a message to a tab of its own, which is not told where from', async () => {
    await open('conversation-long');
    const link = await page().waitForSelector('article a');
    expect(
      await link?.evaluate((element) => {
        const { href, target, rel } = element as HTMLAnchorElement;
        return { href, target, rel };
      }),
    ).toEqual({
      href: 'https://example.org/a/very/long/path/that/has/no/place/to/break/and/goes/on/and/on',
      target: '_blank',
      rel: 'noopener noreferrer',
    });
  });

  it('is copied without the times', async () => {
    await open('conversation');
    const copied = await page().evaluate(() => {
      getSelection()?.selectAllChildren(document.querySelector('ol.messages') as Element);
      return getSelection()?.toString() ?? '';
    });
    expect(copied).toContain('Half past six?');
    expect(copied).not.toMatch(/\d[:.]\d\d/);
  });

  it('says that it takes no files, and lets none take its place', async () => {
    await open('conversation');
    const give = (type: 'dragover' | 'drop' | 'paste') =>
      page().evaluate((kind) => {
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
        const on = document.querySelector(kind === 'paste' ? 'textarea' : 'section.thread');
        const options = { bubbles: true, cancelable: true };
        const event =
          kind === 'paste'
            ? new ClipboardEvent(kind, { ...options, clipboardData: data })
            : new DragEvent(kind, { ...options, dataTransfer: data });
        return on?.dispatchEvent(event) === false;
      }, type);
    const said = () => page().$eval('form.composer', (form) => form.textContent);
    expect(await give('dragover')).toBe(true);
    await page().waitForFunction(() => document.querySelector('form.composer')?.textContent !== '');
    expect(await said()).toContain('Aside cannot send files yet');
    await page().keyboard.type('Words');
    expect(await said()).not.toContain('Aside cannot send files yet');
    expect(await give('drop')).toBe(true);
    expect(await give('paste')).toBe(true);
    await open('list');
    expect(
      await page().evaluate(() => {
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
        return document.body.dispatchEvent(
          new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }),
        );
      }),
    ).toBe(false);
  });

  it('keeps of a pasted book the whole or nothing, and says that it does not fit', async () => {
    await open('conversation');
    const field = await find('textbox', 'Message to Bob');
    const value = () => field.evaluate((element) => (element as HTMLTextAreaElement).value);
    const said = () => page().$eval('form.composer', (form) => form.textContent);
    await page().keyboard.type('Before');
    await paste('x'.repeat(1_000_000));
    await page().waitForFunction(() =>
      document.querySelector('form.composer')?.textContent?.includes('That is too long: 1,000,006'),
    );
    expect(await value()).toBe('Before');
    // What can still be shortened is taken.
    await paste('y'.repeat(100_000));
    expect(await value()).toBe(`Before${'y'.repeat(100_000)}`);
    expect(await said()).toContain('too long');
    expect(await said()).not.toContain('does not fit');
  });

  it('takes a long text without laying it out twice, and says that it is too long', async () => {
    await open('conversation');
    await find('textbox', 'Message to Bob');
    const drawn = await page().evaluate(() => {
      document.execCommand('insertText', false, 'x'.repeat(150_000));
      return new Promise<number | undefined>((done) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() =>
            done(document.querySelector('.composer-field')?.getAttribute('data-copy')?.length),
          ),
        ),
      );
    });
    expect(drawn).toBeLessThan(10_000);
    expect(await page().$eval('form.composer', (form) => form.textContent)).toContain('too long');
  });

  it('stays with what is read while the newest message of mine waits', async () => {
    await open('conversation-long');
    await show({
      ...WITH_LONG,
      messages: [...WITH_LONG.messages, mine(999, 'On its way', NOW, { state: 'waiting' })],
    });
    const region = await page().$('section.thread');
    const before = (await page().$$('article')).length;
    await region?.evaluate((element) => element.scrollTo({ top: 400 }));
    await page().waitForFunction((count) => document.querySelectorAll('article').length > count, {}, before);
    await find('button', 'To the newest message, 128 unread');
    const left = await region?.evaluate(
      (element) => element.scrollHeight - element.clientHeight - element.scrollTop,
    );
    expect(left).toBeGreaterThan(1_000);
  });

  it('leaves unread what is below the screen until somebody has gone there', async () => {
    await open('list');
    await show({ ...WITH_LONG, contactId: BOB.id, firstUnread: WITH_LONG.messages.at(-30)?.id ?? '' });
    await press('Bob');
    await find('button', 'To the newest message, 2 unread');
    expect(await calls('mark-read')).toEqual([]);
    await press('To the newest message, 2 unread');
    await page().waitForFunction(() => {
      const { client } = (globalThis as unknown as { gallery: { client: FakeClient } }).gallery;
      return client.callsOf('mark-read').length === 1;
    });
  });

  it('offers to try a failed message again, or to give it up', async () => {
    await open('conversation-failed');
    await press('Retry');
    await press('Discard');
    const about = { contactId: MAYA.id, messageId: expect.any(String) };
    expect(await calls('retry')).toEqual([{ type: 'retry', ...about }]);
    expect(await calls('discard')).toEqual([{ type: 'discard', ...about }]);
  });

  it('says in words what its connection is, and lets Escape close the words first', async () => {
    await open('conversation-words');
    expect(await has('button', 'Measure now')).toBe(true);
    await keys('Escape');
    expect(await has('button', 'Measure now')).toBe(false);
    expect(await focused()).toBe('button Connection: direct · 24 ms');
    await keys('Escape');
    expect(await has('heading', 'Aside')).toBe(true);
  });
});

describe('an invite of somebody else', () => {
  it('is read, asked about and turned down with the keys alone', async () => {
    await open('accept-reads');
    expect(await focused()).toBe('textbox Invite link');
    await page().keyboard.type('https://aside.example.org/i#x');
    await keys('Tab', 'Enter');
    expect(await focused()).toBe('heading Somebody wants to talk with you.');
    await keys('Tab');
    expect(await focused()).toBe('combobox Who gave it to you?');
    await keys('Tab', 'Enter');
    await find('heading', 'This invite does not work.');
    expect(await focused()).toBe('heading This invite does not work.');
    await keys('Escape');
    expect(await focused()).toBe('button Paste an invite');
  });
});

describe('a form that is refused', () => {
  it('leads to the first thing that is wrong with it, and brings that into sight', async () => {
    await open('first-run-words-server', 'narrow');
    await focusComesTo('combobox The three words you were told');
    const field = await find('combobox', 'The three words you were told');
    expect(await field.evaluate(isInSight)).toBe(true);
    await page().keyboard.type('river window lemonade at a.example');
    await keys('Enter');
    await focusComesTo('textbox Your name, as friends will see it');
  });

  it('leaves the focus with who has gone on meanwhile', async () => {
    await open('locked');
    const refuse = await holdBack('unlock');
    await page().keyboard.type('orbit');
    await keys('Enter', 'Tab');
    await refuse();
    await page().waitForSelector('[aria-invalid="true"]');
    expect(await focused()).toBe('button Show: Passphrase');
  });

  it.each(['panel', 'wide'] as const)('begins at the list once it is unlocked (%s)', async (frame) => {
    await open('settings', frame);
    await page().evaluate(() => {
      const { app, client } = (globalThis as unknown as { gallery: { app: App; client: FakeClient } })
        .gallery;
      const stage = app.stage.value;
      if (stage.show !== 'main') throw new Error(stage.show);
      client.show({ phase: 'locked' });
      Object.assign(globalThis, { unlock: () => client.show(stage.ready) });
    });
    await focusComesTo('textbox Passphrase');
    await page().evaluate(() => (globalThis as unknown as { unlock(): void }).unlock());
    await focusComesTo('heading Aside');
  });
});

describe('somebody’s three words', () => {
  it('are not typed in vain while my server is away: the screen says so, and offers to try again', async () => {
    await open('type-words');
    await update({ server: { state: 'unreachable', retryAt: NOW + 12_000 } });
    await find('button', 'Try again');
    expect(await page().$eval('main', (main) => main.textContent)).toContain(
      'Aside cannot reach the server.',
    );
    await press('They use another server');
    expect(await has('button', 'Try again')).toBe(false);
  });
});

describe('a server’s address', () => {
  it('that was asked for is not forgotten with an empty field, nor is the server from before', async () => {
    await open('type-words-no-server');
    await focusComesTo('textbox Server');
    const field = await find('textbox', 'Server');
    expect(await field.evaluate(descriptionOf)).toContain('Type the address of the server first.');
    expect(await calls('accept-words')).toEqual([]);
    await press('Use aside.example.org instead');
    expect(await has('textbox', 'Server')).toBe(false);
    await press('Connect');
    expect(await calls('accept-words')).toEqual([{ type: 'accept-words', words: expect.anything() }]);
  });

  it('can be left for the first one in the first run too', async () => {
    await open('first-run-other-server');
    await focusComesTo('textbox Your name, as friends will see it');
    expect(await (await find('textbox', 'Server')).evaluate(descriptionOf)).toContain('first.');
    await press('Use aside.example.org instead');
    expect(await has('textbox', 'Server')).toBe(false);
    await focusComesTo('textbox Your name, as friends will see it');
  });

  it('is offered for use only where it can be', async () => {
    await open('settings-server-fails');
    expect(await has('button', 'Use this server')).toBe(false);
    expect(await has('button', 'Try again')).toBe(false);
    const field = await find('textbox', 'Server');
    await answer('check-server', { server: 'https://a.example', relay: true });
    await field.click({ count: 3 });
    await page().keyboard.type('a.example');
    await press('Use this server');
    expect(await calls('change-settings')).toEqual([
      { type: 'change-settings', change: { server: 'https://a.example' } },
    ]);
  });
});

describe('settings', () => {
  it('are left at once, but not with something typed and not saved', async () => {
    await open('settings');
    await keys('Escape');
    await focusComesTo('button Menu');
    await open('settings');
    await (await find('textbox', 'Your name')).type(' Liddell');
    await keys('Escape');
    await focusComesTo('button Stay');
    await keys('Enter');
    expect(
      await (await find('textbox', 'Your name')).evaluate((field) => 'value' in field && field.value),
    ).toBe(`${SETTINGS.name} Liddell`);
    await press('Back');
    await press('Leave');
    await focusComesTo('button Menu');
    expect(await calls('change-settings')).toEqual([]);
  });

  it('are left at once while what was typed is being saved', async () => {
    await open('settings');
    await holdBack('change-settings');
    await (await find('textbox', 'Your name')).type(' Liddell');
    await keys('Enter', 'Escape');
    await focusComesTo('button Menu');
  });
});

describe('a contact', () => {
  it('is renamed with the keys alone', async () => {
    await open('contact-rename');
    expect(await focused()).toBe('textbox Name');
    await page().keyboard.type('Robert');
    await keys('Enter');
    expect(await calls('rename-contact')).toEqual([
      { type: 'rename-contact', contactId: BOB.id, name: 'Robert' },
    ]);
    expect(await focused()).toBe('button Rename');
    await keys('Enter', 'Escape');
    expect(await focused()).toBe('button Rename');
    await keys('Escape');
    expect(await has('heading', 'Aside')).toBe(true);
  });

  it('goes on being renamed while it is compared in another view', async () => {
    await open('contact-rename');
    await change({ ...BOB, trust: { state: 'compared', at: NOW, how: 'scan' } });
    await find('button', 'Take the comparison back');
    expect(await focused()).toBe('textbox Name');
  });

  it('shows the code of its safety number, and hides it again', async () => {
    await open('contact');
    const code = `Code of the safety number with ${BOB.name}`;
    await press('Show my code');
    expect(await has('image', code)).toBe(true);
    expect(await focused()).toBe('button Hide my code');
    await keys('Enter');
    expect(await has('image', code)).toBe(false);
    expect(await focused()).toBe('button Show my code');
  });
});

describe('a key', () => {
  it('that changed is decided about with the keys alone', async () => {
    await open('conversation-changed');
    expect(await focused()).toBe('button Compare now');
    await keys('Tab', 'Enter');
    expect(await focused()).toBe('button Decide');
    expect(await has('textbox', 'Message to Tom Okafor')).toBe(false);
    await keys('Enter');
    expect(await focused()).toBe('button Compare now');
    const digits = expect.stringMatching(/^\d{60}$/);
    await keys('Tab', 'Tab', 'Enter');
    await find('button', 'Keep it');
    expect(await focused()).toBe('button Cancel');
    expect(await calls('refuse-key')).toEqual([]);
    await keys('Tab', 'Enter');
    expect(await calls('refuse-key')).toEqual([{ type: 'refuse-key', contactId: TOM.id, digits }]);
    await keys('Escape');
    expect(await focused()).toBe('button Keep the old key …');
    await keys('Tab', 'Enter');
    await find('button', 'Go on');
    expect(await focused()).toBe('button Cancel');
    await keys('Escape');
    expect(await calls('accept-key')).toEqual([]);
    await press('Go on without comparing …');
    await press('Go on');
    expect(await calls('accept-key')).toEqual([{ type: 'accept-key', contactId: TOM.id, digits }]);
    await keys('Escape');
    await open('conversation-changed');
    await keys('Enter');
    expect(await has('heading', 'Safety number')).toBe(true);
    await keys('Escape');
    expect(await focused()).toBe('button About Tom Okafor');
  });

  it('that changed is decided about without scrolling, in the narrowest panel too', async () => {
    await open('conversation-changed', 'narrow');
    for (const name of [
      'Compare now',
      'Look at the messages',
      'Keep the old key …',
      'Go on without comparing …',
    ])
      expect(await (await find('button', name)).evaluate(isInSight), name).toBe(true);
  });

  it('that changed stands before the messages, which stay unread', async () => {
    await open('conversation-changed');
    await show(conversation(TOM.id, [theirs(1, 'It is me', NOW)], { firstUnread: theirs(1, '', NOW).id }));
    expect(await focused()).toBe('button Compare now');
    expect(await calls('mark-read')).toEqual([]);
  });

  it('is noted as compared, with how', async () => {
    await open('contact');
    await press('We compared, it matches');
    expect(await focused()).toBe('button Side by side');
    await keys('Tab', 'Enter');
    const { digits } = BOB.safety;
    expect(await calls('note-compared')).toEqual([
      { type: 'note-compared', contactId: BOB.id, how: 'voice', digits },
    ]);
  });
});

describe('a key that becomes another one while a question is open', () => {
  const other = { ...BOB.safety, digits: '9'.repeat(60) };

  it('is not the one that was compared', async () => {
    await open('contact');
    await press('We compared, it matches');
    await change({ ...BOB, safety: other, trust: { state: 'changed', at: NOW, wasCompared: false } });
    await press('Side by side');
    expect(await calls('note-compared')).toEqual([
      { type: 'note-compared', contactId: BOB.id, how: 'eye', digits: BOB.safety.digits },
    ]);
  });

  it('is not the one that was decided about', async () => {
    await open('conversation-changed');
    await press('Go on without comparing …');
    await change({ ...TOM, safety: other, trust: { state: 'changed', at: NOW, wasCompared: false } });
    await press('Go on');
    expect(await calls('accept-key')).toEqual([
      { type: 'accept-key', contactId: TOM.id, digits: TOM.safety.digits },
    ]);
  });
});

describe('dialogs', () => {
  it('hold the focus, and Escape leaves only them', async () => {
    await open('contact-remove');
    expect(await focused()).toBe('button Cancel');
    await keys('Escape');
    expect(await has('button', 'Remove contact')).toBe(true);
    expect(await calls('remove-contact')).toEqual([]);
    await press('Remove contact');
    await press('Remove');
    expect(await calls('remove-contact')).toHaveLength(1);
    expect(await has('heading', 'Aside')).toBe(true);
  });

  it('are all that Escape leaves also where Tab has gone past their last button', async () => {
    await open('contact-remove');
    await keys('Tab', 'Tab');
    expect(await page().evaluate(() => document.activeElement === document.body)).toBe(true);
    await keys('Escape');
    expect(await focused()).toBe('button Remove contact');
  });
});

describe('what opens over a screen', () => {
  it('is left by Tab for what comes after it', async () => {
    await open('conversation');
    await (await find('button', 'Connection: direct · 24 ms')).focus();
    await keys('Enter', 'Tab');
    expect(await focused()).toBe('button Measure now');
    await keys('Tab');
    expect(await focused()).toBe(`button Search messages with ${BOB.name}`);
    expect(await has('button', 'Measure now')).toBe(false);
    await open('list');
    await (await find('button', 'Menu')).focus();
    await keys('Enter', 'Tab');
    expect(await focused()).toBe(`button ${BOB.name}`);
    expect(await has('menuitem', 'Settings')).toBe(false);
  });
});

describe('an invite link', () => {
  it('is read with Enter, as it holds no lines', async () => {
    await open('accept');
    await page().keyboard.type('https://aside.example.org/i#invite');
    await keys('Enter');
    expect(await calls('read-invite')).toEqual([
      { type: 'read-invite', text: 'https://aside.example.org/i#invite' },
    ]);
  });

  it('is begun with by Enter', async () => {
    await open('first-run-link');
    await keys('Enter');
    await page().waitForSelector('::-p-aria([role="alert"])::-p-text(Enter a name.)');
  });
});

describe('a megabyte that was pasted', () => {
  it.each([
    ['first-run-server', 'Your name, as friends will see it'],
    ['first-run-server', 'Server'],
    ['first-run-link', 'Invite link'],
    ['first-run-words', 'The three words you were told'],
    ['accept', 'Invite link'],
    ['type-words', 'The three words you were told'],
    ['type-words-other-server', 'Server'],
    ['settings', 'Your name'],
    ['settings', 'Server'],
    ['settings-lock-set', 'New passphrase'],
    ['settings-lock-set', 'New passphrase, once more'],
    ['locked', 'Passphrase'],
    ['backup', 'Passphrase for the file'],
    ['restore', 'Passphrase of the file'],
    ['contact-rename', 'Name'],
    ['list-many', 'Search'],
    ['proof', 'Signed statement'],
    ['proof', `${BOB.name}’s public key`],
    ['proof', 'Your signed statement'],
  ])('is more than any field takes: %s, %s', async (scene, name) => {
    await open(scene);
    const field = await page().evaluateHandle(
      (wanted) =>
        Array.from(document.querySelectorAll('input, textarea')).find(
          (each) =>
            (each.getAttribute('aria-label') ?? (each as HTMLInputElement).labels?.[0]?.textContent) ===
            wanted,
        ) as HTMLInputElement,
      name,
    );
    await field.focus();
    await field.evaluate((element) => element.select());
    await paste('w'.repeat(1_000_000));
    const length = await field.evaluate((element) => element.value.length);
    expect(length).toBeGreaterThan(0);
    // The engine's door is for 200,000, and has no words of its own for more.
    expect(length).toBeLessThan(name.endsWith('public key') ? 300_000 : 20_000);
  });
});

describe('the wide view', () => {
  it('keeps the list beside the conversation', async () => {
    await open('list', 'wide');
    await press('Bob');
    expect(await has('button', 'Maya')).toBe(true);
    expect(await focused()).toBe('textbox Message to Bob');
    await press('Maya');
    expect(await focused()).toBe('textbox Message to Maya');
    await keys('Escape');
    expect(await focused()).toBe('button Maya');
  });
});

describe('the focus, where what had it is gone', () => {
  it.each([
    ['list-search-nobody', 'Clear the search', 'textbox Search'],
    ['invite-limit', 'Try again', 'heading Invite someone'],
    ['say-words-lapsed', 'New words', 'heading Say three words'],
    ['accept-scan-refused', 'Paste a link instead', 'textbox Invite link'],
    ['type-words-typo', 'They use another server', 'textbox Server'],
  ])('goes to the nearest thing around it: %s, %s', async (scene, name, wanted) => {
    await open(scene);
    await (await find('button', name)).focus();
    await keys('Enter');
    await focusComesTo(wanted);
  });

  it('goes to the field of a name that was saved', async () => {
    await open('settings-server');
    await (await find('button', 'Save')).focus();
    await keys('Enter');
    await update({ settings: { ...SETTINGS, name: 'Alice Liddell' } });
    await focusComesTo('textbox Your name');
  });

  it('goes to the messages when the newest has been reached', async () => {
    await open('conversation-long');
    const region = await page().$('section.thread');
    await region?.evaluate((element) => element.scrollTo({ top: 400 }));
    await (await find('button', 'To the newest message, 128 unread')).focus();
    await keys('Enter');
    await page().waitForSelector('::-p-aria([name="To the newest message"][role="button"])', {
      hidden: true,
    });
    expect(await focused()).toMatch(/^region Messages with/);
  });

  it('is told where Aside is of no use as it stands', async () => {
    await open('silent');
    expect(await focused()).toBe('heading Aside is not responding.');
  });

  it('goes to the composer when a message is tried again', async () => {
    await open('conversation-failed');
    await (await find('button', 'Retry')).focus();
    await keys('Enter');
    await show(conversation(MAYA.id, [mine(2, 'Here it is', NOW, { state: 'waiting' })]));
    await page().waitForSelector('::-p-aria([name="Retry"][role="button"])', { hidden: true });
    expect(await focused()).toBe('textbox Message to Maya');
  });

  it('goes to the composer when a question about a server is put off', async () => {
    await open('conversation-server-moves');
    await (await find('button', 'Not now')).focus();
    await keys('Enter');
    expect(await focused()).toBe(`textbox Message to ${BOB.name}`);
  });

  it('goes to what the screen is for when a server is reached, or a back-up put off', async () => {
    await open('list-unreachable');
    await (await find('button', 'Try again')).focus();
    await keys('Enter');
    await update({ server: { state: 'online' } });
    await page().waitForSelector('::-p-aria([name="Try again"][role="button"])', { hidden: true });
    expect(await focused()).toBe('heading Aside');
    await open('list-backup');
    await (await find('button', 'Later')).focus();
    await keys('Enter');
    await update({ backup: { offered: false } });
    await page().waitForSelector('::-p-aria([name="Later"][role="button"])', { hidden: true });
    expect(await focused()).toBe('heading Aside');
  });
});

describe('news in a conversation', () => {
  it('is told once more where it says the same', async () => {
    await open('conversation');
    const heard = (n: number) =>
      show({
        ...WITH_BOB,
        messages: [
          ...WITH_BOB.messages,
          ...Array.from({ length: n }, (_, at) => theirs(50 + at, 'Yes', NOW)),
        ],
      });
    await heard(1);
    await page().waitForSelector('::-p-xpath(//p[@aria-live and contains(., "Bob: Yes")])');
    const told = page().evaluate(
      () =>
        new Promise<string>((resolve) => {
          const region = [...document.querySelectorAll('[aria-live=polite]')].find((each) =>
            each.textContent.includes('Bob: Yes'),
          );
          new MutationObserver((changes) =>
            resolve(
              changes.flatMap(({ addedNodes }) => [...addedNodes].map((node) => node.textContent)).join(''),
            ),
          ).observe(region as Element, { childList: true, subtree: true, characterData: true });
        }),
    );
    await heard(2);
    expect(
      await Promise.race([
        told,
        page()
          .waitForFunction(() => document.querySelectorAll('article').length === 9)
          .then(() =>
            page().evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve('nothing')))),
          ),
      ]),
    ).toContain('Bob: Yes');
  });
});

describe('first run', () => {
  it('starts with Enter in the name, and shows the server field when asked', async () => {
    await open('first-run');
    await page().keyboard.type('Alice');
    await press('Change the server');
    expect(await focused()).toBe('textbox Server');
    const name = await find('textbox', 'Your name, as friends will see it');
    expect(await name.evaluate((element) => (element as HTMLInputElement).value)).toBe('Alice');
  });

  it.each([
    ['first-run-words', 'I was told three words'],
    ['first-run-link', 'I have an invite link'],
  ])('is left for its first screen with Escape: %s', async (scene, way) => {
    await open(scene);
    await keys('Escape');
    await find('button', way);
    await focusComesTo('textbox Your name, as friends will see it');
  });

  it('begins with the default server', async () => {
    await open('first-run');
    await page().keyboard.type('Alice');
    await keys('Enter');
    expect(await calls('begin')).toEqual([
      { type: 'begin', name: 'Alice', server: 'https://aside.example.org' },
    ]);
  });
});
