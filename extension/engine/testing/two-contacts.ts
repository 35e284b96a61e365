/** Two people who are contacts already, on a server that does as the test says; all of it ends together. */
import type { Clock } from '../clock.ts';
import { HostileServer } from './hostile-server.ts';
import { Person } from './person.ts';

export interface TwoContacts {
  readonly server: HostileServer;
  readonly alice: Person;
  readonly bob: Person;
  /** Bob's contact Alice, and Alice's contact Bob. */
  readonly toAlice: string;
  readonly toBob: string;
  end(): Promise<void>;
}

export async function twoContacts(clock?: Clock): Promise<TwoContacts> {
  const server = await HostileServer.start();
  const alice = await new Person('Alice', server.url, clock).begin();
  const bob = await new Person('Bob', server.url, clock).begin();
  const toAlice = await bob.accept(await alice.invite());
  const toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
  await bob.contact(({ stage }) => stage === 'ready');
  return {
    server,
    alice,
    bob,
    toAlice,
    toBob,
    async end() {
      alice.stop();
      bob.stop();
      await server.stop();
    },
  };
}
