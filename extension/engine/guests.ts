/**
 * Guest passes of servers that ask for a pass (WIRE 7). Each came in somebody's invite, stands in the row of the contact
 * that came of it, and goes with it: it opens mailboxes for that contact and for no other.
 */
import type { Contacts } from './contacts.ts';
import type { Passes } from './passes.ts';
import type { ContactRow } from './storage/rows.ts';

type GuestPass = NonNullable<ContactRow['guestPasses']>[number];
type Guest = Pick<ContactRow, 'guestPasses'>;

/** Guest passes of one contact, one for each server: more than they invite me to. The one that came first goes first. */
const SERVERS_MAX = 4;

/** A contact's guest passes when another one came with an invite of theirs: a newer one has more left. */
export function withGuestPass(had: readonly GuestPass[] = [], came: GuestPass): GuestPass[] {
  const others = had.filter(({ server }) => server !== came.server).slice(1 - SERVERS_MAX);
  return [...others, { server: came.server, pass: came.pass.slice() }];
}

/** What is shown to a server for a contact's mailboxes where it does not take a pass of mine. */
export function guestPassOf({ guestPasses }: Guest, server: string): Uint8Array | undefined {
  return guestPasses?.find((one) => one.server === server)?.pass;
}

/** Gives a guest pass that an earlier version kept for a server to the contacts for whom I read there. */
export function handOverGuestPasses(contacts: Contacts, passes: Passes): void {
  for (const { row } of contacts.all())
    for (const { server } of row.read) {
      const pass = passes.forGuests(server);
      if (pass !== undefined && guestPassOf(row, server) === undefined)
        row.guestPasses = withGuestPass(row.guestPasses, { server, pass });
    }
}

/**
 * The server at which I read for a contact: the one that I `want`, unless I am there only as the guest of others. It would
 * open no mailbox for this one, who could never answer; `otherwise` one can be had.
 */
export function homeFor(guest: Guest, passes: Passes, want: string, otherwise: string): string {
  return passes.isGuestAt(want) && guestPassOf(guest, want) === undefined ? otherwise : want;
}
