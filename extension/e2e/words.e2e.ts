import { describe, expect, it } from 'vitest';
import { startSignal } from '../../signal/launch/server.mjs';
import { en } from '../locales/en.ts';
import { staged, wordsOf } from './stage.ts';

describe('three words said aloud', () => {
  it('make two people contacts, typo and all, Chromium to Firefox', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
      await Promise.all([alice, bob].map((person) => person.begin(services.server)));
      await alice.press(en.list.invite);
      await alice.press(en.spoken.offer);
      const said = await wordsOf(alice);
      await bob.press(en.list.paste);
      await bob.press(en.spoken.typeOffer);
      const field = await bob.find('combobox', en.spoken.field);
      // The first with a letter too many, which is said at once and mended by choosing; the others as they are.
      await field.type(`${said[0]}x`);
      await bob.find('listbox', en.spoken.similar);
      await bob.page.keyboard.press('ArrowDown');
      await bob.page.keyboard.press('Enter');
      await field.type(`${said[1]} ${said[2]}`);
      await bob.page.keyboard.press('Enter');
      await alice.press(en.invite.write('Bob'));
      alice.contact = 'Bob';
      await bob.openConversation('Alice');
      await bob.send('We heard each other');
      await alice.waitForMessage('We heard each other');
    }));

  it('are a beginning too: three presses to say them, two to be in the conversation, Firefox to Chromium', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'firefox'), arrive('Bob', 'chromium')]);
      await alice.begin(services.server);
      await alice.press(en.list.invite);
      await alice.press(en.spoken.offer);
      const said = await wordsOf(alice);
      expect(alice.presses).toBe(3);

      await bob.press(en.firstRun.told);
      const field = await bob.find('combobox', en.spoken.field);
      await field.type(`${said.join(' ')} at ${services.server}`);
      await bob.type(en.firstRun.name, 'Bob');
      await bob.press(en.spoken.connect);
      await bob.find('textbox', en.composer.field('Alice'));
      expect(bob.presses).toBe(2);
      bob.contact = 'Alice';
      await bob.send('Here I am');
      await alice.press(en.invite.write('Bob'));
      await alice.waitForMessage('Here I am');
    }));

  it('take a newcomer in at a server that asks for a pass, who has none, Chromium to Firefox', (context) =>
    staged(context, async ({ arrive }) => {
      const server = await startSignal({ env: { PASSES: 'the-pass-of-this-choir' } });
      try {
        const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
        await alice.begin(`${server.origin}/#pass=the-pass-of-this-choir`);
        await alice.press(en.list.invite);
        await alice.press(en.spoken.offer);
        const said = await wordsOf(alice);
        await bob.press(en.firstRun.told);
        const field = await bob.find('combobox', en.spoken.field);
        await field.type(`${said.join(' ')} at ${server.origin}`);
        await bob.type(en.firstRun.name, 'Bob');
        await bob.press(en.spoken.connect);
        await bob.find('textbox', en.composer.field('Alice'));
        bob.contact = 'Alice';
        await bob.send('They let me in');
        await alice.press(en.invite.write('Bob'));
        await alice.waitForMessage('They let me in');
      } finally {
        await server.stop();
      }
    }));
});
