import * as pgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { meet, type Person } from '../launch/conversation.mjs';
import { en } from '../locales/en.ts';
import { slowKey } from '../views/testing/slow-key.ts';
import { staged } from './stage.ts';

interface Proof {
  readonly message: string;
  readonly key: string;
}

/** Too long to be typed. */
async function paste(person: Person, name: string, text: string): Promise<void> {
  const field = await person.find('textbox', name);
  await field.evaluate((element, pasted) => {
    (element as HTMLTextAreaElement).value = pasted;
    element.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
}

async function check(person: Person, contact: string, { message, key }: Proof): Promise<void> {
  await paste(person, en.proof.message, message);
  await paste(person, en.proof.key(contact), key);
  await person.press(en.proof.check);
}

/** What somebody's browser shows them to be signed, signed by a key of theirs. */
async function proofOf(person: Person): Promise<Proof> {
  const statement = await person.wait('the statement', () =>
    person.page.$$eval('pre', ([shown]) => shown?.textContent ?? undefined),
  );
  const { privateKey, publicKey } = await pgp.generateKey({
    userIDs: [{ name: person.name }],
    format: 'object',
    date: new Date(Date.now() - 60_000),
  });
  const message = await pgp.createCleartextMessage({ text: statement });
  return { message: await pgp.sign({ message, signingKeys: privateKey }), key: publicKey.armor() };
}

describe('a proof', () => {
  it('of a key that takes for ever to check holds up nobody, and one like any is checked', (context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
      const both = [
        { me: alice, other: bob },
        { me: bob, other: alice },
      ];
      await meet(alice, bob, services.server);
      const slow = slowKey('hello');
      const proofs = await Promise.all(
        both.map(async ({ me, other }) => {
          await me.press(en.contact.about(other.name));
          await me.press(en.proof.open);
          await check(me, other.name, slow);
          const button = await me.find('button', en.proof.check);
          expect(await button.evaluate(({ ariaBusy }) => ariaBusy)).toBe('true');
          // In the middle of it one goes on with something else.
          await me.type(en.proof.signed, 'not yet');
          expect(await button.evaluate(({ ariaBusy }) => ariaBusy)).toBe('true');
          const text = en.proof.trouble['key-unusual'];
          await me.wait('the end of it', async () => (await me.text()).includes(text));
          return proofOf(me);
        }),
      );
      // Whatever was at it ends: in Chromium one can look. A worker in the middle of something has two seconds to end there.
      await alice.wait('the end of the worker', async () => alice.page.workers().length === 0);

      await Promise.all(
        both.map(async ({ me, other }, at) => {
          await check(me, other.name, proofs[1 - at] as Proof);
          await me.wait('the match', async () => (await me.text()).includes(en.proof.outcome.matches.title));
        }),
      );
    }));
});
