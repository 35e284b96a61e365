/**
 * What I have to show to servers that ask for a pass (WIRE 7): what stood behind the address that I typed, one for each
 * server; and where I have nothing but what came in invites for their guest, which are the contacts' (guests.ts).
 */
import { wipeWithin } from '@aside/wasm-crypto';
import type { Database } from './storage/database.ts';
import type { PassesRow } from './storage/rows.ts';

/** One row for all, so that no key on the disk names a server. */
const KEY = 'all';

/** Servers that are remembered: more than anybody uses. The one that came first goes first. */
const SERVERS_MAX = 100;

type Pass = PassesRow['passes'][number];

export class Passes {
  readonly #database: Database;
  #passes: readonly Pass[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<void> {
    const row = await this.#database.read(['passes'], (tx) => tx.get('passes', KEY));
    this.#passes = row?.passes ?? [];
  }

  /** Overwrites every pass. Once nothing is under way any more, and nothing comes after it. */
  wipe(): void {
    wipeWithin(this.#passes);
  }

  /** My own for a server. */
  own(server: string): Uint8Array | undefined {
    const known = this.#find(server);
    return known?.from === 'operator' ? known.pass : undefined;
  }

  /** Whether I came to a server by an invite, and have no pass of my own for it. */
  isGuestAt(server: string): boolean {
    return this.#find(server)?.from === 'guest';
  }

  /** A guest's that an earlier version kept here, and not with the contact whose invite brought it. */
  forGuests(server: string): Uint8Array | undefined {
    const known = this.#find(server);
    return known?.from === 'guest' && known.pass.length > 0 ? known.pass : undefined;
  }

  /** Remembers a pass of mine; resolves when it is on the disk. */
  keep(server: string, pass: Uint8Array): Promise<void> {
    return this.#put({ server, pass: pass.slice(), from: 'operator' });
  }

  /** Remembers that I am a guest, unless I am more than that; resolves when it is on the disk. */
  async noteGuest(server: string): Promise<void> {
    if (this.#find(server) === undefined) await this.#put({ server, pass: new Uint8Array(0), from: 'guest' });
  }

  async #put(pass: Pass): Promise<void> {
    // What is on the disk then, as another one may be on its way there.
    this.#passes = await this.#database.write(['passes'], async (tx) => {
      const had = (await tx.get('passes', KEY))?.passes ?? [];
      if (pass.from === 'guest' && had.some(({ server }) => server === pass.server)) return had;
      const others = had.filter((one) => one.server !== pass.server).slice(1 - SERVERS_MAX);
      const passes = [...others, pass];
      tx.put('passes', KEY, { passes });
      return passes;
    });
  }

  #find(server: string): Pass | undefined {
    return this.#passes.find((one) => one.server === server);
  }
}
