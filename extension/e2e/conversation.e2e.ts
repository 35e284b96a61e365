import { describe, expect, it } from 'vitest';
import { meet, type Person } from '../launch/conversation.mjs';
import type { BrowserKind } from '../launch/programs.mjs';
import { staged } from './stage.ts';

const PAIRS: readonly (readonly [BrowserKind, BrowserKind])[] = [
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
  ['chromium', 'firefox'],
];
const RELAYED_PAIRS: typeof PAIRS = [
  ['chromium', 'chromium'],
  ['chromium', 'firefox'],
];

interface Said {
  readonly from: 'me' | 'them';
  readonly text: string;
}

/** Messages in both directions; each is read once and acknowledged. Returns what Alice has seen by then. */
async function talk(
  alice: Person,
  bob: Person,
  texts: readonly string[],
  before: readonly Said[] = [],
): Promise<readonly Said[]> {
  const expected = [...before];
  for (const text of texts) {
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const words = `${text} from ${from.name}`;
      await from.send(words);
      await to.waitForMessage(words);
      await from.waitForDelivery(words, 'delivered');
      expected.push({ from: from === alice ? 'me' : 'them', text: words });
    }
  }
  const seenBy = async (person: Person) =>
    (await person.messages()).map(({ from, text }) => ({ from, text }));
  expect(await seenBy(alice)).toEqual(expected);
  expect(await seenBy(bob)).toEqual(
    expected.map(({ from, text }) => ({ from: from === 'me' ? 'them' : 'me', text })),
  );
  return expected;
}

describe('two people who have never met talk', () => {
  it.for(PAIRS)('%s to %s, direct', ([forAlice, forBob], context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', forAlice), arrive('Bob', forBob)]);
      await meet(alice, bob, services.server);
      // Nobody has accepted anybody yet. Writing is that, and then nobody has to be in between.
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['relayed'])));
      const said = await talk(alice, bob, ['first']);
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['direct'])));
      await talk(alice, bob, ['second'], said);
      expect(await alice.connection()).toMatchObject({ state: 'direct' });
    }),
  );

  it.for(RELAYED_PAIRS)('%s to %s, addresses hidden, through coturn', ([forAlice, forBob], context) =>
    staged(context, async ({ services, arrive }) => {
      const [alice, bob] = await Promise.all([arrive('Alice', forAlice), arrive('Bob', forBob)]);
      await meet(alice, bob, services.server, { hidden: true });
      await Promise.all([alice, bob].map((person) => person.waitForConnection(['relayed'])));
      await talk(alice, bob, ['first', 'second']);
      expect(await bob.connection()).toMatchObject({ state: 'relayed' });
    }),
  );
});
