/**
 * The passes of servers that ask for one (WIRE 7): what stood behind the address that a person typed, and what came in
 * an invite for its guest. One for each server: my own is never given up for a guest's, and a newer guest's follows an older.
 */
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

  /** What to show to a server that asks. */
  of(server: string): Uint8Array | undefined {
    return this.#find(server)?.pass;
  }

  /** The operator's own, which guests have not. */
  own(server: string): Uint8Array | undefined {
    const known = this.#find(server);
    return known?.from === 'operator' ? known.pass : undefined;
  }

  /** Remembers a pass; resolves when it is on the disk. */
  async keep(server: string, pass: Uint8Array, from: Pass['from']): Promise<void> {
    if (from === 'guest' && this.own(server) !== undefined) return;
    const others = this.#passes.filter((one) => one.server !== server).slice(1 - SERVERS_MAX);
    const passes = [...others, { server, pass: pass.slice(), from }];
    await this.#database.write(['passes'], async (tx) => tx.put('passes', KEY, { passes }));
    this.#passes = passes;
  }

  #find(server: string): Pass | undefined {
    return this.#passes.find((one) => one.server === server);
  }
}
