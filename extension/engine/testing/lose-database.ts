/** A browser may take a database away from a page that has it open: its owner clears the data, or the disk fails. */
import { forceCloseDatabase } from 'fake-indexeddb';
import type { Person } from './person.ts';

/** What fake-indexeddb keeps of the databases that are open. */
interface Inside {
  readonly _databases: ReadonlyMap<string, { readonly connections: readonly (typeof IDBDatabase)[] }>;
}

/** As a browser does it: every connection is closed, and each is told. */
export function loseDatabase({ database }: Person): void {
  const connections = (indexedDB as unknown as Inside)._databases.get(database)?.connections ?? [];
  for (const connection of [...connections]) {
    forceCloseDatabase(connection as unknown as Parameters<typeof forceCloseDatabase>[0]);
  }
}
