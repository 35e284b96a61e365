/**
 * Where I write to a contact. Writing tells a server my address, so I follow a contact to another one only where the
 * person has agreed to it (PROTOCOL 8); until then the new place is kept as what they ask for.
 */
import type { ContactRow } from './storage/rows.ts';

export type Place = NonNullable<ContactRow['write']>;

type Destination = Pick<ContactRow, 'write' | 'moveTo' | 'agreed'>;

/** Servers that are remembered for one contact: more than anybody moves to. */
const AGREED_MAX = 20;

/** Whether writing to the contact at a server is fine with the person. `known` tells of servers that see my address anyway. */
export function mayWriteAt(row: Destination, server: string, known: (server: string) => boolean): boolean {
  return server === row.write?.server || row.agreed.includes(server) || known(server);
}

/**
 * Takes the place where a contact reads from now on. At a server that the person has not agreed to,
 * I go on as before.
 */
export function follow(row: Destination, place: Place, known: (server: string) => boolean): void {
  if (mayWriteAt(row, place.server, known)) {
    row.write = place;
    delete row.moveTo;
  } else row.moveTo = place;
}

/** The person agrees to the server that the contact asks for; `false` where it is not (or no longer) this one. */
export function agree(row: Destination, server: string): boolean {
  if (row.moveTo?.server !== server) return false;
  row.agreed = [...row.agreed, server].slice(-AGREED_MAX);
  row.write = row.moveTo;
  delete row.moveTo;
  return true;
}
