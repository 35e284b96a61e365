import { describe, expect, it } from 'vitest';
import type { FakeClient } from '../testing/fake-client.ts';
import type { HandClock } from '../testing/hand-clock.ts';
import { NOW } from '../testing/samples.ts';
import { descriptionOf, handsOn, isInSight } from './hands.ts';
import { pageForEach } from './opened.ts';

// What is done with a passphrase, the lock's or a back-up's, with the keys alone and by ear.

const { page, gallery } = pageForEach();

const { open, find, press, keys, focused, has, focusComesTo, update, answer, holdBack, listen, heard } =
  handsOn(page, gallery);

/** The engine takes no guess for a while. */
function retryAt(ms: number): Promise<void> {
  return page().evaluate(
    (at) => {
      (globalThis as unknown as { gallery: { client: FakeClient } }).gallery.client.show({
        phase: 'locked',
        retryAt: at,
      });
    },
    NOW + 1_500 + ms,
  );
}

function pass(ms: number): Promise<void> {
  return page().evaluate((time) => {
    (globalThis as unknown as { gallery: { clock: HandClock } }).gallery.clock.pass(time);
  }, ms);
}

describe('a back-up', () => {
  const first = 'textbox Passphrase for the file';

  it('is made with the keys alone, and keeps the focus until it is saved', async () => {
    await open('backup');
    const refuse = await holdBack('begin-backup');
    expect(await focused()).toBe(first);
    await page().keyboard.type('or');
    await keys('Tab', 'Tab', 'Enter');
    await focusComesTo(first);
    await page().keyboard.type('bit velvet canyon');
    await keys('Tab', 'Tab');
    await page().keyboard.type('orbit velvet');
    await keys('Tab', 'Tab', 'Enter');
    await focusComesTo('textbox Passphrase for the file, once more');
    await page().keyboard.type(' canyon');
    await keys('Enter');
    await focusComesTo('button Cancel');
    await refuse();
    await focusComesTo(first);
  });

  it('gives the focus to what comes next once it is saved', async () => {
    await open('backup');
    await answer('read-backup', { bytes: [], done: true, progress: 1 });
    await page().keyboard.type('orbit velvet canyon');
    await keys('Tab', 'Tab');
    await page().keyboard.type('orbit velvet canyon');
    await keys('Enter');
    await focusComesTo('button Done');
  });

  it.each([
    ['that is made', 'backup-making', 'heading Aside', 'heading Back-up'],
    [
      'that is restored',
      'restore-running',
      'heading Words meant for one person.',
      'heading Restore a back-up',
    ],
  ])('%s is not left in the middle without a question', async (_, scene, outside, inside) => {
    await open(scene);
    const isAt = (place: string) => has('heading', place.slice('heading '.length));
    await (await find('button', 'Cancel')).focus();
    await keys('Escape');
    await find('button', 'Stop');
    await keys('Escape');
    await focusComesTo('button Cancel');
    expect(await isAt(inside)).toBe(true);
    await keys('Escape');
    await press('Stop');
    await expect.poll(() => isAt(outside)).toBe(true);
    expect(await isAt(inside)).toBe(false);
  });

  it('that is not restored after all is left with Escape', async () => {
    await open('restore');
    await keys('Escape');
    await find('button', 'Restore a back-up');
  });

  it('that is restored keeps the focus while that goes on, and goes to what was wrong', async () => {
    await open('restore-wrong');
    const passphrase = 'textbox Passphrase of the file';
    await (await find('textbox', 'Passphrase of the file')).focus();
    await keys('Enter');
    await focusComesTo(passphrase);
    const refuse = await holdBack('begin-restore');
    await keys('Enter');
    await focusComesTo('button Cancel');
    await refuse();
    await focusComesTo('button The file');
  });

  it('that is restored says what goes on', async () => {
    await open('restore-wrong');
    await listen();
    await holdBack('begin-restore');
    await (await find('textbox', 'Passphrase of the file')).focus();
    await keys('Enter');
    await focusComesTo('button Cancel');
    await expect.poll(heard).toContain('Restoring a back-up');
  });

  it('that cannot be restored says so with its file, which is the one that was chosen', async () => {
    await open('restore-damaged');
    await (await find('textbox', 'Passphrase of the file')).focus();
    await keys('Enter');
    await focusComesTo('button The file');
    expect(await page().$eval(':focus', descriptionOf)).toContain('This back-up is damaged');
    expect(await page().$eval(':focus', (field) => (field as HTMLInputElement).files?.[0]?.name)).toBe(
      'Aside 2026-11-23.aside',
    );
  });
});

describe('a passphrase', () => {
  it.each(['panel', 'rtl'] as const)('is not covered by the button that shows it: %s', async (frame) => {
    await open('locked', frame);
    const field = await find('textbox', 'Passphrase');
    const show = await find('button', 'Show: Passphrase');
    const [typed, button] = await Promise.all(
      [field, show].map((each) =>
        each.evaluate((element) => {
          const { left, right } = element.getBoundingClientRect();
          const { paddingLeft, paddingRight } = getComputedStyle(element);
          return element instanceof HTMLInputElement
            ? { left: left + Number.parseFloat(paddingLeft), right: right - Number.parseFloat(paddingRight) }
            : { left, right };
        }),
      ),
    );
    if (typed === undefined || button === undefined) throw new Error('nothing to measure');
    expect(typed.right <= button.left || button.right <= typed.left).toBe(true);
  });

  it('is asked for where the focus goes, which comes back to the button', async () => {
    await open('settings');
    await (await find('button', 'Set a passphrase')).focus();
    await keys('Enter');
    expect(await focused()).toBe('textbox New passphrase');
    await (await find('button', 'Cancel')).focus();
    await keys('Enter');
    expect(await focused()).toBe('button Set a passphrase');
  });

  it('is in sight where the focus goes to it, also at the lower edge of the screen', async () => {
    await open('settings', 'narrow');
    const button = await find('button', 'Set a passphrase');
    // As low as it can be seen.
    await button.evaluate((element) => element.scrollIntoView({ block: 'end' }));
    await button.focus();
    await keys('Enter');
    const field = await find('textbox', 'New passphrase');
    await expect.poll(() => field.evaluate(isInSight)).toBe(true);
    expect(await focused()).toBe('textbox New passphrase');
  });

  it('that is being set is left with Escape, and the settings are not', async () => {
    await open('settings');
    await (await find('button', 'Set a passphrase')).focus();
    await keys('Enter');
    await page().keyboard.type('orbit');
    await keys('Escape');
    expect(await focused()).toBe('button Set a passphrase');
    await keys('Escape');
    expect(await focused()).toBe('button Menu');
  });

  it.each([
    ['set', 'The passphrase is set.'],
    ['change', 'The passphrase is changed.'],
    ['remove', 'The passphrase is removed.'],
  ] as const)('is told to be done with: %s', async (step, words) => {
    await open(step === 'set' ? 'settings' : 'settings-lock');
    await listen();
    await (
      await find(
        'button',
        `${step[0]?.toUpperCase()}${step.slice(1)} ${step === 'set' ? 'a' : 'the'} passphrase`,
      )
    ).focus();
    await keys('Enter');
    for (const label of ['Current passphrase', 'New passphrase', 'New passphrase, once more']) {
      if (!(await has('textbox', label))) continue;
      await (await find('textbox', label)).focus();
      await page().keyboard.type('orbit velvet canyon');
    }
    await keys('Enter');
    await update({ lock: { passphrase: step !== 'remove' } });
    await focusComesTo(step === 'remove' ? 'button Set a passphrase' : 'button Change the passphrase');
    await expect.poll(heard).toEqual([words]);
    expect(
      await page().$eval('section[aria-labelledby="lock-title"]', (element) => element.textContent),
    ).toContain(words);
  });

  it('shows and hides itself under the name that is to be read on the button', async () => {
    await open('locked');
    await press('Show: Passphrase');
    expect(await (await find('button', 'Hide: Passphrase')).evaluate(({ textContent }) => textContent)).toBe(
      'Hide',
    );
    await press('Hide: Passphrase');
    await find('button', 'Show: Passphrase');
  });
});

describe('who has to wait for the next guess', () => {
  const WAIT = 'Too many wrong tries. Try again in 40 seconds.';

  it('is told so once, as the wait begins', async () => {
    await open('locked');
    await listen();
    await retryAt(40_000);
    await expect.poll(heard).toEqual([WAIT]);
    await pass(1000);
    await page().waitForSelector('::-p-text(in 39 seconds)');
    expect(await heard()).toEqual([WAIT]);
  });

  it('reads it beside the guess that was wrong', async () => {
    await open('settings-lock-change', 'narrow');
    await (await find('textbox', 'Current passphrase')).focus();
    const timer = await page().waitForSelector('[role="timer"]');
    expect(await timer?.evaluate(isInSight)).toBe(true);
  });
});

describe('the lock', () => {
  it('says at its field that nothing was typed', async () => {
    await open('locked');
    await keys('Enter');
    await expect.poll(() => page().$eval(':focus', descriptionOf)).toContain('Type your passphrase first.');
    expect(await focused()).toBe('textbox Passphrase');
    await page().keyboard.type('o');
    expect((await page().$eval(':focus', descriptionOf)).trim()).toBe('');
  });

  it('is told of where it comes by itself', async () => {
    await open('list');
    await listen();
    await page().evaluate(() => {
      (globalThis as unknown as { gallery: { client: FakeClient } }).gallery.client.show({ phase: 'locked' });
    });
    await focusComesTo('textbox Passphrase');
    await expect.poll(heard).toEqual(['Aside is locked.']);
  });
});
