import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Step, StepMessage } from '../engine/steps.ts';
import type { Launched } from '../launch/browsers.mjs';
import { meet, type Person } from '../launch/conversation.mjs';
import { outputs } from '../launch/paths.mjs';
import type { BrowserKind } from '../launch/programs.mjs';
import { type Stage, staged } from './stage.ts';

const SENDING: readonly Step[] = ['send:before-commit', 'send:committed', 'send:handed-over', 'send:marked'];
const RECEIVING: readonly Step[] = [
  'receive:before-commit',
  'receive:committed',
  'receive:acknowledged',
  'receive:receipt-committed',
];
const KINDS: readonly BrowserKind[] = ['chromium', 'firefox'];

/**
 * Arms a step in the engine of somebody's browser; `reached` resolves when the engine stands there, and rejects with
 * what led to it if that never comes.
 */
async function arm(
  { page, name: who }: Person,
  step: Step,
): Promise<{ reached(led: Promise<unknown>): Promise<void> }> {
  await page.evaluate(
    (name) =>
      new Promise<void>((done) => {
        const channel = new BroadcastChannel('aside-step-hooks');
        const stopped = new Promise<void>((stop) => {
          channel.onmessage = ({ data }: MessageEvent<StepMessage>) => {
            if ('armed' in data && data.armed === name) {
              clearInterval(again);
              done();
            }
            if ('stopped' in data && data.stopped === name) stop();
          };
        });
        Object.assign(globalThis, { asideStopped: stopped, asideSteps: channel });
        // An engine that is still starting does not listen yet.
        const again = setInterval(() => channel.postMessage({ arm: name }), 50);
      }),
    step,
  );
  const stopped = page.evaluate(
    () => (globalThis as unknown as { asideStopped: Promise<void> }).asideStopped,
  );
  return {
    async reached(led) {
      // What led here may never come back, since the engine stands still; if it fails, it failed before the step.
      const failed = led.then(
        () => new Promise<never>(() => {}),
        (error) => {
          throw new Error(`${who} never came to ${step}.`, { cause: error });
        },
      );
      await Promise.race([stopped, failed]);
      failed.catch(() => {});
    },
  };
}

/** Somebody whose browser can be killed and started again with the same profile. */
class Mortal {
  readonly #stage: Stage;
  readonly #kind: BrowserKind;
  readonly #profile: string;
  readonly name: string;
  #browser!: Launched;
  person!: Person;

  constructor(stage: Stage, name: string, kind: BrowserKind, profile: string) {
    this.#stage = stage;
    this.name = name;
    this.#kind = kind;
    this.#profile = profile;
  }

  async live(): Promise<this> {
    this.#browser = await this.#stage.start(this.#kind, {
      profile: this.#profile,
      xpi: this.#kind === 'firefox',
      extension: outputs[`e2e-${this.#kind === 'chromium' ? 'chrome' : 'firefox'}`],
    });
    this.person = await this.#stage.arrive(this.name, this.#browser);
    return this;
  }

  /** SIGKILL, and the same profile in a new browser. */
  async dieAndLive(): Promise<void> {
    await this.#browser.kill();
    await this.live();
  }
}

async function withProfiles(
  context: TestContext,
  kind: BrowserKind,
  play: (stage: Stage, alice: Mortal, bob: Mortal) => Promise<void>,
): Promise<void> {
  const profiles = mkdtempSync(join(tmpdir(), 'aside-kills-'));
  try {
    await staged(context, async (stage) => {
      const [alice, bob] = await Promise.all(
        ['Alice', 'Bob'].map((name) => new Mortal(stage, name, kind, join(profiles, name)).live()),
      );
      await play(stage, alice as Mortal, bob as Mortal);
    });
  } finally {
    rmSync(profiles, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const textsFrom = async (who: 'me' | 'them', { person }: Mortal) =>
  (await person.messages()).filter(({ from }) => from === who).map(({ text }) => text);

describe('a browser killed with -9', () => {
  it.for(KINDS)(
    'between any two steps of sending or receiving loses nothing and shows nothing twice (%s)',
    (kind, context) =>
      withProfiles(context, kind, async (stage, alice, bob) => {
        await meet(alice.person, bob.person, stage.services.server);
        const expected: string[] = [];
        for (const step of [...SENDING, ...RECEIVING]) {
          const text = `Killed at ${step}`;
          const victim = SENDING.includes(step) ? alice : bob;
          // Over a connection that is marked only which has no receipt soon: Bob takes nothing then, and dies too.
          const deaf = step === 'send:marked' ? await arm(bob.person, 'receive:before-commit') : undefined;
          const armed = await arm(victim.person, step);
          const sent = alice.person.send(text);
          await Promise.all([armed.reached(sent), deaf?.reached(sent)]);
          await Promise.all(
            (deaf === undefined ? [victim] : [alice, bob]).map(async (one) => {
              await one.dieAndLive();
              await one.person.openConversation(one === alice ? 'Bob' : 'Alice');
            }),
          );
          if (step === 'send:before-commit') {
            // Nothing was promised yet, and nothing went out.
            await alice.person.send(`${text}, again`);
            expected.push(`${text}, again`);
          } else expected.push(text);
          await bob.person.waitForMessage(expected.at(-1) as string);
          await alice.person.waitForDelivery(expected.at(-1) as string, 'delivered');
        }
        await alice.person.send('The end');
        // The other may see it before whoever wrote it does.
        for (const { person } of [alice, bob]) await person.waitForMessage('The end');
        expect(await textsFrom('them', bob)).toEqual([...expected, 'The end']);
        expect(await textsFrom('me', alice)).toEqual([...expected, 'The end']);
      }),
  );

  it('between any two steps of an invite leaves two people who can talk', (context) =>
    withProfiles(context, 'chromium', async (stage, alice, bob) => {
      await Promise.all([alice, bob].map(({ person }) => person.begin(stage.services.server)));
      const link = await alice.person.invite();
      const before = await arm(bob.person, 'accept:before-commit');
      await before.reached(bob.person.accept(link));
      await bob.dieAndLive();
      // Nothing happened: the invite is as good as new.
      const reading = await arm(alice.person, 'respond:before-commit');
      const committed = await arm(bob.person, 'accept:committed');
      await committed.reached(bob.person.accept(link));
      await bob.dieAndLive();
      await reading.reached(Promise.resolve());
      await alice.dieAndLive();
      await alice.person.openConversation('Bob');
      await bob.person.openConversation('Alice');
      await alice.person.send('Hello Bob');
      await bob.person.waitForMessage('Hello Bob');
      await bob.person.send('Hello Alice');
      await alice.person.waitForMessage('Hello Alice');
      expect(await textsFrom('them', alice)).toEqual(['Hello Alice']);
      expect(await textsFrom('them', bob)).toEqual(['Hello Bob']);
    }));
});
