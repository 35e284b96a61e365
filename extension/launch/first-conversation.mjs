/**
 * The first conversation, held by itself in two headless browsers: what `npm start` does without a display. Every step
 * is printed with the time that it took.
 */
import { launch } from './browsers.mjs';
import { Person } from './conversation.mjs';
import { outputs } from './paths.mjs';
import { atEnd } from './processes.mjs';
import { bold, dim, duration, green, red, say } from './say.mjs';

/** @typedef {import('./programs.mjs').FoundBrowser} FoundBrowser */

const FROM_ALICE = ['Hello Bob, can you hear me?', 'Only you two can read this.', 'Good. Talk soon!'];
const FROM_BOB = ['Loud and clear, Alice.', 'And nobody in between.', 'See you.'];

/** A step's line. @param {string} text @param {number} start as `performance.now()` gave it */
function done(text, start) {
  say(`  ${green('✓')} ${text}  ${dim(duration(performance.now() - start))}`);
}

/**
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} work
 */
async function step(text, work) {
  const start = performance.now();
  const result = await work();
  done(text, start);
  return result;
}

/**
 * @param {string} server
 * @param {readonly [FoundBrowser, FoundBrowser]} browsers Alice's and Bob's
 * @param {boolean} relay whether there is a relay, for the words
 * @returns {Promise<boolean>} whether every message arrived once and was read
 */
export async function holdFirstConversation(server, [forAlice, forBob], relay) {
  const open = (/** @type {FoundBrowser} */ { kind }) =>
    launch({ browser: kind, extension: kind === 'chromium' ? outputs.chrome : outputs.firefox });
  const [atAlice, atBob] = await step(
    `Alice opens ${forAlice.name}, Bob opens ${forBob.name}, with fresh profiles`,
    () => Promise.all([open(forAlice), open(forBob)]),
  );
  const forget = atEnd(() => Promise.all([atAlice.close(), atBob.close()]));
  try {
    const [alice, bob] = await Promise.all([Person.arrive('Alice', atAlice), Person.arrive('Bob', atBob)]);
    await step('Both say their names and choose the server', () =>
      Promise.all([alice.begin(server), bob.begin(server)]),
    );
    const link = await step('Alice makes an invite', () => alice.invite());
    say(dim(`      ${link}`));
    await step('Bob pastes it and says yes', () => bob.accept(link));
    await step('Each is in the other’s list', () =>
      Promise.all([alice.openConversation(bob.name), bob.openConversation(alice.name)]),
    );
    await step('Bob’s and Alice’s browsers look for each other', () =>
      Promise.all([alice, bob].map((person) => person.waitForConnection(['direct', 'relayed', 'mailbox']))),
    );
    await exchange(alice, bob);
    // With their first words they have accepted each other, and are connected anew.
    const path = await alice.waitForConnection(['direct', 'relayed', 'mailbox']);
    const words = { direct: 'direct', relayed: 'relayed', mailbox: 'through the mailbox' };
    const how = words[/** @type {keyof typeof words} */ (path.state)];
    say();
    say(`  Path: ${bold(how)}${path.roundTrip === undefined ? '' : `, round trip ${path.roundTrip} ms`}`);
    if (!relay)
      say('  Without coturn there is no relay: where no direct path is found, the mailbox carries it all.');
    return await everythingOnce(alice, bob);
  } finally {
    forget();
    await Promise.all([atAlice.close(), atBob.close()]);
  }
}

/** Turn by turn, each waiting for the other's words. @param {Person} alice @param {Person} bob */
async function exchange(alice, bob) {
  for (const [at, text] of FROM_ALICE.entries()) {
    await speak(alice, bob, text);
    await speak(bob, alice, FROM_BOB[at] ?? '');
  }
}

/** @param {Person} from @param {Person} to @param {string} text */
async function speak(from, to, text) {
  const onScreen = await from.sendTimed(text, to);
  await to.waitForMessage(text);
  await from.waitForDelivery(text, 'delivered');
  say(
    `  ${green('✓')} ${from.name}: “${text}”  ${dim(`on ${to.name}’s screen after ${duration(onScreen)}, delivered`)}`,
  );
}

/** @param {Person} alice @param {Person} bob */
async function everythingOnce(alice, bob) {
  /** @type {ReadonlyArray<readonly [Person, readonly string[]]>} */
  const expected = [
    [bob, FROM_ALICE],
    [alice, FROM_BOB],
  ];
  let good = true;
  for (const [reader, texts] of expected) {
    const shown = (await reader.messages()).filter(({ from }) => from === 'them');
    const counts = texts.map((text) => shown.filter((message) => message.text === text).length);
    if (shown.length === texts.length && counts.every((count) => count === 1)) continue;
    good = false;
    say(
      red(
        `  ✗ ${reader.name} should have read ${texts.length} messages, each once, and read: ${counts.join(', ')}`,
      ),
    );
  }
  const total = FROM_ALICE.length + FROM_BOB.length;
  if (good) say(`  ${green('✓')} ${total} messages: each arrived once and was read.`);
  return good;
}
