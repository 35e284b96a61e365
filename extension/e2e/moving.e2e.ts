import { describe, it } from 'vitest';
import { meet, type Person } from '../launch/conversation.mjs';
import { startServices } from '../launch/services.mjs';
import { en } from '../locales/en.ts';
import { serverName } from '../views/words/format.ts';
import { staged } from './stage.ts';

/** Chooses another server in the settings, from the conversation that is open, and comes back to it. */
async function moveTo(person: Person, server: string, contact: string): Promise<void> {
  await person.openSettings();
  await person.type(en.server.field, server);
  await person.press(en.settings.useServer);
  await person.wait('the new server to be kept', async () =>
    (await person.text()).includes(en.settings.saved),
  );
  await person.openConversation(contact);
}

/** Through the mailboxes, as both hide their addresses and there is no relay. */
async function say(from: Person, to: Person, text: string): Promise<void> {
  await from.send(text);
  await to.waitForMessage(text);
  await from.waitForDelivery(text, 'delivered');
}

describe('two people who move to another server', () => {
  it('one after the other, take their conversation along, and need the first no more', (context) =>
    staged(
      context,
      async ({ services, arrive }) => {
        const [alice, bob] = await Promise.all([arrive('Alice', 'chromium'), arrive('Bob', 'firefox')]);
        await meet(alice, bob, services.server, { hidden: true });
        await say(alice, bob, 'We meet here');
        const other = await startServices({ relay: false });
        try {
          const server = serverName(other.server);
          await moveTo(alice, other.server, 'Bob');
          // Nobody's address goes to a server that they have not heard of: Bob is asked, and is not cut off meanwhile.
          await bob.wait('the question', async () =>
            (await bob.text()).includes(en.serverMove.nowReads('Alice', server)),
          );
          await say(bob, alice, 'Where have you gone?');
          await bob.press(en.serverMove.allow);
          await say(bob, alice, 'Here is where you are');
          await say(alice, bob, 'And there you are');
          await moveTo(bob, other.server, 'Alice');
          await say(bob, alice, 'Now we are both here');
          await say(alice, bob, 'And nothing is left there');
          await services.killSignal();
          await say(alice, bob, 'Without the first server');
          await say(bob, alice, 'As well as with it');
        } finally {
          await other.stop();
        }
      },
      { relay: false },
    ));
});
