import { describe, expect, it } from 'vitest';
import { BOB, NAMELESS } from '../testing/samples.ts';
import { handsOn } from './hands.ts';
import { pageForEach } from './opened.ts';

// What one does on a person's page, and what is known of them, with the keys alone and by ear.

const { page, gallery } = pageForEach();

const { open, find, press, keys, focused, focusComesTo, calls, update } = handsOn(page, gallery);

describe('a comparison that is taken back', () => {
  it('leaves the focus at the safety number, and not on the button that comes instead', async () => {
    await open('contact-compared');
    await (await find('button', 'Take the comparison back')).focus();
    await keys('Enter');
    await update({ contacts: [BOB] });
    await find('button', 'It does not match');
    await focusComesTo('heading Safety number');
  });
});

describe('a camera that is refused', () => {
  it('says what helps, also to who does not see it', async () => {
    await open('compare-scan-refused', 'wide');
    await find('button', 'Try again');
    const said = () =>
      page().$$eval('.sr[aria-live]', (all) => all.map(({ textContent }) => textContent).join(' '));
    await expect.poll(said).toContain('Allow the camera next to the address, then try again.');
  });
});

describe('somebody who has told no name yet', () => {
  it('has words to be found by', async () => {
    await open('conversation-nameless');
    expect(await focused()).toBe('textbox Message to Somebody');
    await find('heading', 'Say hello to Somebody.');
    await (await find('button', 'Back')).focus();
    await keys('Enter');
    await focusComesTo('button Somebody');
  });

  it('is given a name in an empty field, and not in words that stand for one', async () => {
    await open('contact-nameless');
    await (await find('button', 'Rename')).focus();
    await keys('Enter');
    const field = await find('textbox', 'Name');
    expect(await field.evaluate((input) => (input as HTMLInputElement).value)).toBe('');
    await page().keyboard.type('Noor');
    await keys('Enter');
    await expect.poll(() => calls('rename-contact')).toMatchObject([{ name: 'Noor' }]);
    await update({ contacts: [{ ...NAMELESS, name: 'Noor' }] });
    await find('heading', 'Noor');
  });

  it('is not whoever is really called what stands for a name', async () => {
    await open('contact');
    await update({ contacts: [{ ...BOB, name: 'Somebody' }] });
    await press('Rename');
    const field = await find('textbox', 'Name');
    expect(await field.evaluate((input) => (input as HTMLInputElement).value)).toBe('Somebody');
  });
});
