/** The servers of a simulated world, and what becomes of the envelopes that are put there, one after the other. */
import type { Refusal } from '@aside/signal/protocol';
import type { HostileServer, Put } from '../hostile-server.ts';

/** What a server does with an envelope; `release` brings it, and before it what was held, the newest first. */
export type Fate = 'honest' | 'drop' | 'twice' | 'hold' | 'release';

/** Longer than any world lasts. Seconds. */
const KEPT_ALL = 100 * 365 * 24 * 3600;

export class Post {
  readonly servers: readonly [HostileServer, HostileServer];
  readonly #held: { readonly at: HostileServer; readonly put: Put }[] = [];
  #fates: Fate[] = [];

  /** Live envelopes are passed by either. */
  constructor(servers: readonly [HostileServer, HostileServer]) {
    this.servers = servers;
    this.#decideAll();
    for (const server of servers) server.liveFate = (put) => [put];
  }

  /** Every envelope that was put into a mailbox. */
  get puts(): readonly Put[] {
    return this.servers.flatMap(({ puts }) => puts);
  }

  /** What happens to those that come next; honest behind the last. */
  decide(fates: readonly Fate[]): void {
    this.#fates = [...fates];
  }

  /** No expiry is a sign any more, for whoever opens a mailbox from now on. */
  keepAll(): void {
    for (const server of this.servers) server.retention = KEPT_ALL;
  }

  /** Servers refuse the next envelopes. */
  refuse(reason: Refusal, times: number): void {
    let left = times;
    for (const server of this.servers) server.refuse = () => (left-- > 0 ? reason : undefined);
  }

  /** Every socket ends. */
  cut(): void {
    for (const server of this.servers) server.dropAll();
  }

  /** Nothing is brought to anybody before the work is done, and then all of it. */
  async holding(work: () => Promise<unknown>): Promise<void> {
    const held: { readonly at: HostileServer; readonly put: Put }[] = [];
    for (const at of this.servers)
      at.fate = (put) => {
        held.push({ at, put });
        return [];
      };
    await work();
    this.#decideAll();
    for (const { at, put } of held) at.deliver(put);
  }

  /** Every envelope is brought from now on, and what was held as well. */
  turnHonest(): void {
    this.#fates = [];
    for (const server of this.servers) server.refuse = () => undefined;
    for (const { at, put } of this.#held.splice(0)) at.deliver(put);
  }

  #decideAll(): void {
    for (const server of this.servers) server.fate = (put) => this.#fateOf(server, put);
  }

  #release(): void {
    for (const { at, put } of this.#held.splice(0).reverse()) at.deliver(put);
  }

  #fateOf(at: HostileServer, put: Put): readonly Put[] {
    switch (this.#fates.shift() ?? 'honest') {
      case 'drop':
        return [];
      case 'twice':
        return [put, put];
      case 'hold':
        this.#held.push({ at, put });
        return [];
      case 'release':
        at.deliver(put);
        this.#release();
        return [];
      case 'honest':
        return [put];
    }
  }
}
