/** The bundle of an invite that is over, at a server that does not come back: it keeps nobody, and is given up. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundleOf } from './testing/bundle.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';

/** Milliseconds. */
const DAY = 24 * 3600 * 1000;

let clock: SkipClock;
/** The one that goes, and the one that stays. */
let gone: HostileServer;
let server: HostileServer;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new SkipClock();
  [gone, server] = await Promise.all([HostileServer.start(), HostileServer.start()]);
  alice = await new Person('Alice', gone.url, clock).begin();
  bob = await new Person('Bob', server.url, clock).begin();
});

afterEach(async () => {
  await Promise.all([alice.engine.stop(), bob.engine.stop()]);
  await Promise.all([gone.stop(), server.stop()]);
});

const use = (person: Person, { url }: HostileServer) =>
  person.engine.handle({ type: 'change-settings', change: { server: url } });

async function withdraw(link: string): Promise<void> {
  const { invites } = await alice.app((s) => s.invites.some((one) => one.link === link));
  const inviteId = invites.find((one) => one.link === link)?.id as string;
  await clock.skipDuring(alice.engine.handle({ type: 'withdraw-invite', inviteId }), 500);
}

const spent = async () => (await rowsOf(alice, 'invites')).filter(({ state }) => state === 'spent').length;

it.each([
  ['withdrawn', false],
  ['withdrawn, also by a clock that goes back by a year', true],
] as const)(
  'is to be taken away of an invite that was %s, for three weeks and no longer',
  async (_how, goesBack) => {
    const link = await alice.invite();
    await gone.stop();
    await withdraw(link);
    await use(alice, server);
    if (goesBack) clock.put(-365 * DAY);
    await clock.pass(6 * DAY);
    await alice.restart();
    await clock.pass(6 * DAY);
    expect(await spent()).toBe(1);
    if (goesBack) clock.put(365 * DAY);
    await clock.skipUntil(async () => (await spent()) === 0, 10 * DAY);
  },
);

it('is given up soon where the browser starts long after its date', async () => {
  const link = await alice.invite();
  await gone.stop();
  await withdraw(link);
  await use(alice, server);
  await alice.engine.stop();
  clock.skip(100 * DAY);
  alice.renew();
  await alice.engine.start();
  await clock.skipUntil(async () => (await spent()) === 0, 10_000);
});

it('keeps nobody from taking away that of another invite of the same person', async () => {
  const first = await alice.invite();
  const { mailbox, envelope } = bundleOf(gone, first);
  // It hears of Bob's answer, and of nothing behind it.
  gone.fate = (put) => {
    gone.silent = true;
    return [put];
  };
  await clock.skipDuring(bob.accept(first), 500);
  expect(gone.keeps(mailbox, envelope)).toBe(true);
  await alice.contact(({ name }) => name === 'Bob');
  await gone.stop();
  await use(alice, server);
  const second = await alice.invite();
  const bundle = bundleOf(server, second);
  // She would take it away herself.
  await alice.engine.stop();
  await clock.skipDuring(bob.accept(second), 500);
  await clock.skipUntil(() => !server.keeps(bundle.mailbox, bundle.envelope), 1000);
  const isNoted = async () =>
    (await rowsOf(bob, 'contacts')).every(({ rendezvous }) => rendezvous === undefined);
  await clock.skipUntil(isNoted, 1000);
});

it('is given up by whoever accepted it too, over restarts', async () => {
  const link = await alice.invite();
  gone.fate = (put) => {
    gone.silent = true;
    return [put];
  };
  await clock.skipDuring(bob.accept(link), 500);
  await gone.stop();
  const isLeft = async () =>
    (await rowsOf(bob, 'contacts')).some(({ rendezvous }) => rendezvous !== undefined);
  for (let days = 0; days < 12; days += 6) {
    await clock.pass(6 * DAY);
    await bob.restart();
    expect(await isLeft()).toBe(true);
  }
  await clock.skipUntil(async () => !(await isLeft()), DAY);
});
