import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

/** Two who became contacts by an invite, at a server with a relay; what their engines ask of a connection is noted. */
let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
  two.server.relay = { urls: ['turn:relay.example:3478'], username: 'u', credential: 'c', ttl: 600 };
});

afterEach(() => two.end());

/** Opens a conversation, which makes the engine look for a connection. */
function look(person: TwoContacts['alice'], contactId: string): () => void {
  return person.engine.watch({ topic: 'conversation', contactId, limit: 10 }, () => {});
}

describe('a contact made by an invite', () => {
  it('is connected through a relay only, on both sides, until one writes to them', async () => {
    const { alice, bob, toAlice, toBob } = two;
    const stop = [look(alice, toBob), look(bob, toAlice)];
    await expect.poll(() => [alice.peers.length, bob.peers.length]).toEqual([1, 1]);
    expect([...alice.peers, ...bob.peers]).toEqual(['relay-only', 'relay-only']);
    await alice.send(toBob, 'Hello');
    await expect.poll(() => alice.peers.at(-1)).toBe('any');
    await bob.conversation(toAlice, (m) => m.length === 1);
    // Being written to is no yes of Bob's.
    expect((await bob.contact()).address).toBe('until-accepted');
    expect(bob.peers).not.toContain('any');
    await bob.send(toAlice, 'Hello');
    await expect.poll(() => bob.peers.at(-1)).toBe('any');
    for (const one of stop) one();
  });

  it('is never connected to directly once I hide from them, nor anybody once I hide from all', async () => {
    const { alice, toBob } = two;
    const setDirect = (direct: 'yes' | 'never') =>
      alice.engine.handle({ type: 'set-direct', contactId: toBob, direct });
    await setDirect('never');
    await alice.send(toBob, 'Hello');
    const stop = look(alice, toBob);
    await expect.poll(() => alice.peers.length).toBeGreaterThan(0);
    expect(alice.peers).not.toContain('any');
    await setDirect('yes');
    await expect.poll(() => alice.peers.at(-1)).toBe('any');
    // What stands by then ends with it.
    await setDirect('never');
    await expect.poll(() => alice.peers.at(-1)).toBe('relay-only');
    await setDirect('yes');
    await expect.poll(() => alice.peers.at(-1)).toBe('any');
    await alice.engine.handle({ type: 'change-settings', change: { direct: 'nobody' } });
    expect((await alice.contact()).address).toBe('hidden-from-all');
    await expect.poll(() => alice.peers.at(-1)).toBe('relay-only');
    expect(alice.peers.filter((which) => which === 'any').length).toBe(2);
    stop();
  });

  it('is reached by mailbox where there is no relay, and by any way once I say so', async () => {
    const { alice, server, toBob } = two;
    server.relay = undefined;
    const stop = look(alice, toBob);
    const contact = await alice.contact(
      ({ connection }) => connection.state === 'mailbox' && connection.lacksRelay === true,
    );
    expect(contact.address).toBe('until-accepted');
    expect(alice.peers).toEqual([]);
    await alice.engine.handle({ type: 'set-direct', contactId: toBob, direct: 'yes' });
    await expect.poll(() => alice.peers).toEqual(['any']);
    stop();
  });
});
