import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { HostileServer } from '../testing/hostile-server.ts';
import { Person } from '../testing/person.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Real time in which it is looked soon what nothing needs any more. A server's patience is left as it is, for a busy
 * machine, and so are days: an invite would be over before it is withdrawn.
 */
const hurried: Clock = {
  now: () => systemClock.now(),
  after: (milliseconds, callback) =>
    systemClock.after(milliseconds >= MINUTE && milliseconds < DAY ? 150 : milliseconds, callback),
};

let hers: HostileServer;
let his: HostileServer;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  [hers, his] = await Promise.all([HostileServer.start(), HostileServer.start()]);
  alice = await new Person('Alice', hers.url, hurried).begin();
  bob = await new Person('Bob', his.url).begin();
});

afterEach(async () => {
  alice.stop();
  bob.stop();
  await Promise.all([hers.stop(), his.stop()]);
});

describe('the socket to a server', () => {
  it('closes when no setting, invite or contact needs it, and stands again when one does', async () => {
    const link = await bob.invite();
    await alice.invite();
    expect(hers.sockets).toBe(1);
    const use = (server: string) => alice.engine.handle({ type: 'change-settings', change: { server } });
    // The invite that waits there needs it still.
    await use(his.url);
    await expect.poll(() => his.sockets).toBe(2);
    await alice.engine.handle({ type: 'reconnect' });
    expect(hers.sockets).toBe(1);
    const { invites } = await alice.app((s) => s.invites.length === 1);
    await alice.engine.handle({ type: 'withdraw-invite', inviteId: invites[0]?.id as string });
    await expect.poll(() => hers.sockets, { timeout: 5000 }).toBe(0);

    await use(hers.url);
    await expect.poll(() => his.sockets, { timeout: 5000 }).toBe(1);
    const contactId = await alice.accept(link);
    await bob.contact(({ name }) => name === 'Alice');
    expect(his.sockets).toBe(2);
    await alice.engine.handle({ type: 'remove-contact', contactId });
    await expect.poll(() => his.sockets, { timeout: 5000 }).toBe(1);
    expect(hers.sockets).toBe(1);
  });
});
